using System.Globalization;

namespace Gatehouse.Doctor.Texts.Yaml;

/// <summary>Values and names as YAML, on one line; what YAML 1.1 or 1.2 could take for something else stands in quotes.</summary>
internal static class YamlWriter
{
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase) { "true", "false", "yes", "no", "on", "off", "null", "y", "n" };

    public static string Write(Literal value) => value switch
    {
        Literal.NullLiteral => "null",
        Literal.TextLiteral text => IsBare(text.Value) && char.IsAsciiLetter(text.Value[0]) ? text.Value : QuotedText.Write(text.Value),
        Literal.WordLiteral word => IsBare(word.Value) ? word.Value : QuotedText.Write(word.Value),
        Literal.NumberLiteral number => number.Value.ToString(CultureInfo.InvariantCulture),
        Literal.BooleanLiteral boolean => boolean.Value ? "true" : "false",
        Literal.ListLiteral list => "[" + string.Join(", ", list.Items.Select(Write)) + "]",
        Literal.MapLiteral map => "{" + string.Join(", ", map.Members.Select(static m => $"{Name(m.Name)}: {Write(m.Value)}")) + "}",
        Literal.RawLiteral raw => raw.Value,
        _ => throw new InvalidOperationException($"{value.GetType().Name} is no literal"),
    };

    public static string Name(string name) => IsBare(name) ? name : QuotedText.Write(name);

    private static bool IsBare(string text) =>
        text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/') && !Words.Contains(text);
}
