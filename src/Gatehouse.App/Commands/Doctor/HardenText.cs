using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.App.Terminal;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Applying;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Hardening.Diffs;

namespace Gatehouse.App.Commands.Doctor;

/// <summary>Plans of harden and what came of them, for people and as JSON. Secrets are masked before they get here.</summary>
internal static class HardenText
{
    /// <summary>A plan: a diff, certificates, secrets, warnings, and what is to be done by hand.</summary>
    public static void Write(Screen screen, HardenPlan plan)
    {
        screen.Line($"{plan.System} {plan.Subject}, read by {plan.Account.Shown} ({plan.Account.Why})");
        foreach (FileChange change in plan.Changes)
        {
            screen.Output.WriteLine();
            if (change.OldRights is { } old && old != change.Rights)
            {
                screen.Line($"# {change.Path}: mode {old.Octal} of {old.Owner}:{old.Group} becomes {change.Rights.Octal} of {change.Rights.Owner}:{change.Rights.Group}");
            }
            else if (change.OldRights is null)
            {
                screen.Line($"# {change.Path}: new, mode {change.Rights.Octal} of {change.Rights.Owner}:{change.Rights.Group}");
            }

            foreach (string line in change.IsContentChange ? UnifiedDiff.Of(change) : [])
            {
                screen.Output.WriteLine(screen.Styled(line, line is ['+', ..] ? Style.Green : line is ['-', ..] ? Style.Red : Style.None));
            }
        }

        if (plan.IsDone)
        {
            screen.Line("nothing is to be changed");
        }

        Block(screen, "certificates to be issued", plan.Certificates.Select(static wish => $"{wish.Purpose}: {string.Join(", ", wish.Names)} (profile {wish.Profile}; {wish.Why})\n    {string.Join(", ", wish.Places.Select(static place => place.Path))}"));
        Block(screen, "secrets that --apply makes", plan.Made);
        Block(screen, "to know", plan.Warnings);
        Block(screen, "what takes it back", plan.Overrides);
        Block(screen, "to be done by hand, in this order", plan.Steps.Select(static (step, i) => $"{i + 1}. {step}"));
    }

    /// <summary>What was applied.</summary>
    public static void WriteApplied(Screen screen, HardenPlan plan, ImmutableArray<string> written, string? backup, string undo)
    {
        if (backup is null)
        {
            screen.Line($"{plan.Subject}: nothing was to be changed");
        }
        else
        {
            foreach (string path in written)
            {
                screen.Line(path);
            }

            screen.Line($"as it was before: {backup}; {undo} puts it back");
        }

        Block(screen, "secrets that were made", plan.Made);
        Block(screen, "to know", plan.Warnings);
        Block(screen, "what takes it back", plan.Overrides);
        Block(screen, "to be done by hand, in this order", plan.Steps.Select(static (step, i) => $"{i + 1}. {step}"));
    }

    /// <summary>What verifying saw.</summary>
    public static void Write(Screen screen, ImmutableArray<VerifiedThing> seen)
    {
        foreach (VerifiedThing thing in seen)
        {
            (string word, Style style) = thing.IsFine switch { true => ("ok", Style.Green), false => ("FAULT", Style.Red), null => ("not known", Style.Yellow) };
            screen.Output.WriteLine($"{screen.Styled(word.PadRight(9), style)}  {Screen.Plain(thing.Subject)}: {Screen.Plain(thing.Text)}");
        }
    }

    /// <summary>A plan as JSON, with what else there is to say.</summary>
    public static byte[] Json(HardenPlan plan, Action<Utf8JsonWriter> more) => Make(json =>
    {
        json.WriteString("system", plan.System);
        json.WriteString("file", plan.Subject);
        json.WriteString("user", plan.Account.Shown);
        json.WriteStartArray("changes");
        foreach (FileChange change in plan.Changes)
        {
            json.WriteStartObject();
            json.WriteString("path", change.Path);
            json.WriteString("mode", change.Rights.Octal);
            json.WriteNumber("owner", change.Rights.Owner);
            json.WriteNumber("group", change.Rights.Group);
            Texts(json, "diff", change.IsContentChange ? UnifiedDiff.Of(change) : []);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("certificates");
        foreach (CertificateWish wish in plan.Certificates)
        {
            json.WriteStartObject();
            json.WriteString("profile", wish.Profile);
            json.WriteString("purpose", wish.Purpose);
            Texts(json, "names", wish.Names);
            Texts(json, "files", wish.Places.Select(static place => place.Path));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Texts(json, "made", plan.Made);
        Texts(json, "warnings", plan.Warnings);
        Texts(json, "overrides", plan.Overrides);
        Texts(json, "steps", plan.Steps);
        more(json);
    });

    /// <summary>What verifying saw, as JSON.</summary>
    public static byte[] Json(ImmutableArray<VerifiedThing> seen) => Make(json =>
    {
        json.WriteStartArray("seen");
        foreach (VerifiedThing thing in seen)
        {
            json.WriteStartObject();
            json.WriteString("subject", thing.Subject);
            json.WriteString("state", thing.IsFine switch { true => "ok", false => "fault", null => "unknown" });
            json.WriteString("text", thing.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>What was put back, as JSON.</summary>
    public static byte[] JsonOfUndo(ImmutableArray<string> files) => Make(json => Texts(json, "restored", files));

    private static void Block(Screen screen, string head, IEnumerable<string> texts)
    {
        string[] all = [.. texts];
        if (all.Length == 0)
        {
            return;
        }

        screen.Output.WriteLine();
        screen.Output.WriteLine(screen.Styled(head, Style.Bold));
        foreach (string line in all.SelectMany(static text => text.Split('\n')))
        {
            screen.Line("  " + line);
        }
    }

    private static byte[] Make(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
