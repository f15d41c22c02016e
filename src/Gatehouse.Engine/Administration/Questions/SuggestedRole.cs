using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Policy.Questions;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>A role from what was done: exact names, unless the caller says from how many siblings on a directory is meant.</summary>
internal static class SuggestedRole
{
    /// <summary>Names in one grant.</summary>
    private const int MaxNames = 5_000;

    /// <summary>Makes the role; what is wider or narrower than what was done is explained in <paramref name="notes"/>.</summary>
    public static RoleView Make(SuggestScan scan, string name, string? gate, int generalize, List<string> notes)
    {
        var grants = new List<GrantView>();
        var bySystem = scan.Used
            .Select(used => (used.Key.System, used.Key.Action, Names: Names(used.Key, used.Value, generalize, notes)))
            .GroupBy(static used => (used.System, Names: string.Join('\n', used.Names)));
        foreach (var same in bySystem)
        {
            grants.Add(new GrantView
            {
                System = same.Key.System,
                Actions = [.. same.Select(static used => used.Action)],
                Resources = same.First().Names,
                AllowRestricted = same.Any(used => used.Names.Any(name => RoleQuestions.NeedsRestricted(used.System, used.Action, name))),
                When = gate is null ? null : new ConditionsView { Gates = [gate] },
            });
        }

        if (scan.IsFull)
        {
            notes.Add("there were more names than are remembered: the role is narrower than what was done");
        }

        return new RoleView { Name = NameOf(name), Description = $"what {name} did", Grants = grants };
    }

    private static string[] Names((string System, string Action) action, UsedNames used, int generalize, List<string> notes)
    {
        string shown = $"{action.System}:{action.Action}";
        if (used.Patterns.Count == 0)
        {
            notes.Add($"{shown} was used without a name; a grant of it without names allows it on every name");
            return [];
        }

        if (used.Widened)
        {
            notes.Add($"{shown}: a name that holds `*`, `${{` or bytes that are no text cannot be written literally; a wildcard stands in its place");
        }

        string[] names = [.. used.Patterns];
        if (generalize > 0)
        {
            names = [.. Generalize(names, shown, action.System == MqttRights.System ? "+" : "*", generalize, notes)];
        }

        if (names.Length > MaxNames)
        {
            notes.Add($"{shown} was used on {names.Length} names, of which the first {MaxNames} are in the role; ask with a number for generalize");
            names = names[..MaxNames];
        }

        return names;
    }

    private static IEnumerable<string> Generalize(string[] names, string shown, string wildcard, int most, List<string> notes)
    {
        var siblings = names.GroupBy(static name => name.AsSpan().ContainsAny('*', '+', '#') ? name : name[..(name.LastIndexOf('/') + 1)], StringComparer.Ordinal);
        var kept = new SortedSet<string>(StringComparer.Ordinal);
        foreach (IGrouping<string, string> group in siblings)
        {
            // Names without a directory have no siblings that mean anything.
            if (group.Key.EndsWith('/') && group.Count() > most)
            {
                kept.Add(group.Key + wildcard);
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"{shown}: {group.Count()} names under `{group.Key}` became `{group.Key}{wildcard}`, which is every name there, now and later, but none below"));
            }
            else
            {
                kept.UnionWith(group);
            }
        }

        return kept;
    }

    private static string NameOf(string user)
    {
        string name = new([.. user.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' ? c : '-').Take(100)]);
        return $"suggested-{name}";
    }
}
