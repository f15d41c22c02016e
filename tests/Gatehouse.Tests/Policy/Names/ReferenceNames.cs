using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Tests.Policy.Names;

/// <summary>What grants of system <c>ignite</c> mean, written from the rules of their documentation: texts, no tokens.</summary>
internal static partial class ReferenceNames
{
    private static readonly string[] Code = ["compute.execute", "compute.unit", "compute.read", "compute.manage"];

    private static readonly string[] Known =
        ["meta.read", "table.read", "table.write", "sql.read", "sql.write", "sql.ddl", "sql.ddl.zone", "system.read", "sql.kill", "tx.use", "cluster.read", .. Code];

    /// <summary>The actions for which a grant of an action holds besides.</summary>
    public static bool AlsoMeans(GrantEffect effect, string written, string asked) => (effect, written, asked) switch
    {
        (GrantEffect.Allow, "table.read" or "table.write" or "sql.read" or "sql.write" or "sql.ddl", "meta.read") => true,
        (GrantEffect.Allow, "table.read" or "table.write" or "sql.read" or "sql.write", "tx.use") => true,
        (GrantEffect.Allow, "compute.execute", "cluster.read") => true,
        (GrantEffect.Deny, "table.read", "sql.read") or (GrantEffect.Deny, "sql.read", "table.read") => true,
        (GrantEffect.Deny, "table.write", "sql.write") or (GrantEffect.Deny, "sql.write", "table.write") => true,
        _ => false,
    };

    /// <summary>The actions that a pattern of actions names.</summary>
    public static IEnumerable<string> Named(string pattern) => Known.Where(word => Regex.IsMatch(word, "^" + Regex.Escape(pattern).Replace("\\*", ".*") + "$"));

    /// <summary>A pattern as the path syntax would write it: every run is <c>**</c>; placeholders stay, with a letter for where they stand.</summary>
    public static string AsPath(ImmutableArray<string> actions, string pattern)
    {
        bool isCode = actions.SelectMany(Named).All(static word => Code.Contains(word) || word is "sql.kill" or "tx.use" or "cluster.read");
        string runs = Runs().Replace(pattern, "**");
        if (isCode)
        {
            return Slots().Replace(runs, "${N$1}");
        }

        var text = new StringBuilder();
        int at = 0;
        foreach (Match quoted in Quotes().Matches(runs))
        {
            text.Append(Outside(runs[at..quoted.Index]));
            string content = quoted.Value[1..^1];
            text.Append(Slots().Match(content) is { Success: true } slot && slot.Length == content.Length ? $"${{P{slot.Groups[1].Value}}}"
                : content.Contains("**") || content.Contains("${") ? $"\"{Slots().Replace(content, "${I$1}")}\""
                : Part(content.Replace("\"\"", "\"")));
            at = quoted.Index + quoted.Length;
        }

        return text.Append(Outside(runs[at..])).ToString();
    }

    /// <summary>The same with the principal's values in it; null where one of them is none.</summary>
    public static string? With(string path, Principal principal)
    {
        bool isWhole = true;
        string text = Slots().Replace(path, slot =>
        {
            string attribute = slot.Groups[1].Value[1..];
            string value = attribute == "username" ? principal.Name : principal.Attributes.GetValueOrDefault(attribute) ?? "";
            bool isValue = value.Length > 0 && value.IndexOfAny(['*', '+', '#', '/']) < 0;
            switch (slot.Groups[1].Value[0])
            {
                case 'N':
                    isWhole &= isValue && value.IndexOfAny(['.', ':', '"']) < 0;
                    return value;
                case 'P':
                    isWhole &= isValue;
                    return Part(value);
                case 'I':
                    isWhole &= isValue;
                    return value.Replace("\"", "\"\"");
                default:
                    isWhole &= isValue && Regex.IsMatch(value, "^[A-Za-z0-9_]+$");
                    return value.ToUpperInvariant();
            }
        });
        return isWhole ? text : null;
    }

    private static string Part(string name) => Regex.IsMatch(name, "^[A-Z_][A-Z0-9_]*$") ? name : "\"" + name.Replace("\"", "\"\"") + "\"";

    private static string Outside(string text)
    {
        string[] pieces = Slots().Split(text); // the attributes stand at odd places
        return string.Concat(pieces.Select(static (piece, i) => i % 2 == 0 ? piece.ToUpperInvariant() : $"${{B{piece}}}"));
    }

    [GeneratedRegex("\\*+")]
    private static partial Regex Runs();

    [GeneratedRegex("\\$\\{([^}]+)\\}")]
    private static partial Regex Slots();

    [GeneratedRegex("\"(?:[^\"]|\"\")*\"")]
    private static partial Regex Quotes();
}
