using System.Globalization;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.App.Terminal;
using Gatehouse.Policy;

namespace Gatehouse.App.Commands.Questions;

/// <summary>
/// Writes a role as YAML. Names in it come from requests, and a name must not end its line and write a grant of its own: every text
/// stands in double quotes with what is not plain escaped.
/// </summary>
internal static class RoleYaml
{
    /// <summary>The suggested role; explanations are comments, so that the whole can be kept as a file.</summary>
    public static void Write(Screen screen, SuggestResponse found)
    {
        QuestionText.Coverage(screen, found.Trail);
        foreach (string note in found.Trail.Notes)
        {
            screen.Line("# incomplete: " + note);
        }

        screen.Line(string.Create(CultureInfo.InvariantCulture, $"# what {found.User} did: {found.Allowed} requests allowed, {found.Denied} denied"));
        foreach (string note in found.Notes)
        {
            screen.Line("# " + note);
        }

        screen.Output.Write(Text(found.Role));
    }

    /// <summary>The role; without its name, so that <c>role set</c> gives it any.</summary>
    public static string Text(RoleView role)
    {
        var text = new StringBuilder();
        if (role.Description is not null)
        {
            text.Append("description: ").AppendLine(Quoted(role.Description));
        }

        text.AppendLine(role.Grants.Count == 0 ? "grants: []" : "grants:");
        foreach (GrantView grant in role.Grants)
        {
            text.Append("  - system: ").AppendLine(Quoted(grant.System));
            if (grant.Effect == GrantEffect.Deny)
            {
                text.AppendLine("    effect: deny");
            }

            List(text, "    actions:", grant.Actions);
            List(text, "    resources:", grant.Resources);
            if (grant.AllowRestricted)
            {
                text.AppendLine("    allow_restricted: true");
            }

            if (grant.When is { Gates.Count: > 0 } when)
            {
                text.AppendLine("    when:");
                List(text, "      gates:", when.Gates);
            }
        }

        return text.ToString();
    }

    private static void List(StringBuilder text, string key, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        text.AppendLine(key);
        string indent = new(' ', key.Length - key.TrimStart().Length + 2);
        foreach (string value in values)
        {
            text.Append(indent).Append("- ").AppendLine(Quoted(value));
        }
    }

    // YAML 1.2 section 5.7: escapes of double-quoted scalars.
    private static string Quoted(string value)
    {
        var text = new StringBuilder("\"");
        foreach (Rune rune in value.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '"' or '\\':
                    text.Append('\\').Append((char)rune.Value);
                    break;
                case > 0xFFFF:
                    text.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}");
                    break;
                case < ' ' or > '~':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
                    break;
                default:
                    text.Append((char)rune.Value);
                    break;
            }
        }

        return text.Append('"').ToString();
    }
}
