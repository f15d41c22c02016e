using System.CommandLine;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;

namespace Gatehouse.App.Commands.Policies;

/// <summary><c>gatehouse policy diff</c>.</summary>
internal static class PolicyDiffCommand
{
    private const int MaxNames = 5;

    public static Command Create(CommandTree tree)
    {
        Option<string> file = PolicyInput.FileOption();
        Option<bool> add = new("--import") { Description = "as `policy import` would: nothing is removed" };
        return tree.Make(
            "diff",
            "say who would gain or lose which rights, and which parts differ; exit code 1 where any does\nexample: gatehouse policy diff -f policy.yaml",
            async (context, cancellation) =>
            {
                Answer<PolicyDiffResponse> answer = await PolicyInput.SendAsync(
                    context, "diff", context.Value(file)!, null, context.Value(add), CommandContext.Json.PolicyDiffResponse, cancellation); // required
                context.Print(answer, diff => Show(context.Screen, diff));
                return answer.Value.Differs ? ExitCodes.Findings : ExitCodes.Fine;
            },
            file, add);
    }

    /// <summary>How much of a section differs, in one line.</summary>
    public static string Line(PolicySectionChange section) => $"{section.Section,-9} {section.Added} added, {section.Changed} changed, {section.Removed} removed";

    /// <summary>Who gains or loses what.</summary>
    public static void Show(Screen screen, PolicyDiffResponse diff)
    {
        if (!diff.Differs)
        {
            screen.Line($"nothing differs from generation {diff.Generation}");
            return;
        }

        if (diff.Identities.Any(static identity => identity.Critical))
        {
            screen.Output.WriteLine(screen.Styled("! rights over Gatehouse itself are gained", Style.Red));
        }

        foreach (PolicyIdentityChange identity in diff.Identities)
        {
            Show(screen, identity);
        }

        if (diff.MoreIdentities > 0)
        {
            screen.Line($"and {diff.MoreIdentities} more groups of identities");
        }

        if (diff.Identities.Count == 0)
        {
            screen.Line("nobody gains or loses a right");
        }

        screen.Line($"parts that differ from generation {diff.Generation}:");
        foreach (PolicyPartChange part in diff.Parts)
        {
            string mark = part.Change switch { "added" => "+", "removed" => "-", _ => "~" };
            screen.Line($"  {mark} {part.Section} {part.Name}{(part.Members.Count == 0 ? "" : ": " + string.Join(", ", part.Members))}");
        }

        foreach (PolicySectionChange section in diff.Sections)
        {
            screen.Line("  " + Line(section));
        }
    }

    private static void Show(Screen screen, PolicyIdentityChange identity)
    {
        string names = string.Join(", ", identity.Names.Take(MaxNames)) + (identity.Count > MaxNames ? $" and {identity.Count - MaxNames} more" : "");
        screen.Line($"{identity.Kind} {names}{(identity.Note is null ? "" : $" ({identity.Note})")}");
        foreach (PolicyRightChange right in identity.Gains)
        {
            screen.Output.WriteLine($"  {screen.Styled($"{(right.Critical ? "!" : " ")} gains {(right.Deny ? "what was denied: " : "")}{right.Grant}", right.Critical ? Style.Red : Style.Green)}");
        }

        foreach (PolicyRightChange right in identity.Losses)
        {
            screen.Output.WriteLine($"  {screen.Styled($"  loses {(right.Deny ? "what is denied now: " : "")}{right.Grant}", Style.Yellow)}");
        }

        if (identity.More > 0)
        {
            screen.Line($"    and {identity.More} more");
        }
    }
}
