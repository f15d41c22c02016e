using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Terminal;
using Gatehouse.Policy;

namespace Gatehouse.App.Commands.Questions;

/// <summary>Answers to questions, as a person reads them.</summary>
internal static class QuestionText
{
    /// <summary>Who can.</summary>
    public static void Write(Screen screen, WhoCanResponse found)
    {
        Table table = new Table("WHO", "KIND", "", "THROUGH", "GRANT").WithStyle(static (column, text) => (column, text) switch
        {
            (2, "yes") => Style.Green,
            (2, "conditional") => Style.Yellow,
            (2, "denied" or "inactive") => Style.Red,
            _ => Style.None,
        });
        foreach (WhoCanIdentity identity in found.Identities)
        {
            string who = identity.Owner is null ? identity.Name : $"{identity.Owner} ({identity.Name})";
            bool isFirst = true;
            foreach (GrantOrigin grant in identity.Through)
            {
                table.Add(
                    isFirst ? who : " ",
                    isFirst ? identity.Kind.Replace('_', ' ') : " ",
                    isFirst ? identity.Verdict : " ",
                    Place(grant),
                    Text(grant));
                isFirst = false;
            }
        }

        table.Write(screen, "nobody");
        foreach (WhoCanIdentity identity in found.Identities.Where(static identity => identity.Kind is not ("user" or "service" or "api_key") && identity.Detail is not null))
        {
            screen.Line($"{identity.Kind} {identity.Name}: {identity.Detail}");
        }

        screen.Problem(found.Operation + ": " + (found.Counts.Count == 0
            ? "nobody"
            : string.Join(", ", found.Counts.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {pair.Key.Replace('_', ' ')}")))));
        if (found.Truncated)
        {
            screen.Problem("there are more; --limit shows them");
        }

        Notes(screen, found.Notes);
    }

    /// <summary>What somebody can.</summary>
    public static void Write(Screen screen, WhatCanResponse found)
    {
        new Facts()
            .Add(found.Kind.Replace('_', ' '), found.Name)
            .Add("owner", found.Owner)
            .Add("counts now", found.Active ? "yes" : "no", found.Active ? Style.None : Style.Red)
            .Add("gate", found.Gate)
            .Add("roles", found.Roles.Count == 0 ? "none" : string.Join(", ", found.Roles))
            .Add("do not exist", string.Join(", ", found.UnknownRoles), Style.Yellow)
            .Write(screen);
        screen.Output.WriteLine();
        Grants(screen, found.Grants, "no grants");
        if (found.NarrowedTo is { } narrowed)
        {
            screen.Output.WriteLine();
            screen.Output.WriteLine(screen.Styled("narrowed to", Style.Bold));
            Grants(screen, narrowed, "nothing");
        }

        Notes(screen, found.Notes);
    }

    /// <summary>What nobody needed.</summary>
    public static void Write(Screen screen, UnusedResponse found)
    {
        Coverage(screen, found.Trail);
        Table table = new("WHAT", "NAME", "");
        foreach (GrantOrigin grant in found.Grants)
        {
            table.Add("grant", Place(grant), Text(grant));
        }

        foreach (string role in found.Roles)
        {
            table.Add("role", role, "nobody has it");
        }

        foreach (string user in found.Users)
        {
            table.Add("user", user, "did not come in");
        }

        foreach (UnusedKey key in found.ApiKeys)
        {
            table.Add("API key", key.Id, $"{key.Name} of {key.Owner}, made {key.Created.UtcDateTime:yyyy-MM-dd}");
        }

        table.Write(screen, "nothing: all of it was used");
    }

    /// <summary>Says what part of the trail an answer is from, and loudly what is missing.</summary>
    public static void Coverage(Screen screen, TrailCoverage trail)
    {
        screen.Problem(string.Create(
            CultureInfo.InvariantCulture,
            $"{trail.Decisions} decisions of node {trail.Node}, {trail.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'} to {trail.Until.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}"));
        foreach (string note in trail.Notes)
        {
            screen.Problem("INCOMPLETE  " + note);
        }
    }

    /// <summary>What an answer does not say.</summary>
    public static void Notes(Screen screen, IReadOnlyList<string> notes)
    {
        foreach (string note in notes)
        {
            screen.Problem("note  " + note);
        }
    }

    private static void Grants(Screen screen, IReadOnlyList<GrantOrigin> grants, string empty)
    {
        bool hasWithin = grants.Any(static grant => grant.Within is not null);
        Table table = new Table(hasWithin ? ["FROM", "", "GRANT", "WITHIN"] : ["FROM", "", "GRANT"]).WithStyle(static (column, text) => (column, text) switch
        {
            (1, "deny") => Style.Red,
            (1, "allow") => Style.Green,
            (3, "never applies") => Style.Yellow,
            _ => Style.None,
        });
        foreach (GrantOrigin grant in grants)
        {
            string[] cells = [Place(grant), grant.Effect == GrantEffect.Deny ? "deny" : "allow", grant.Grant];
            table.Add(hasWithin ? [.. cells, grant.Within is { Count: 0 } ? "never applies" : string.Join(", ", grant.Within ?? [])] : cells);
        }

        table.Write(screen, empty);
    }

    private static string Place(GrantOrigin grant) => string.Create(CultureInfo.InvariantCulture, $"{grant.Role}#{grant.Index}");

    private static string Text(GrantOrigin grant) => (grant.Effect == GrantEffect.Deny ? "deny " : "") + grant.Grant;
}
