using System.Collections.Immutable;
using System.Globalization;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>Values and names as HOCON, on one line.</summary>
internal static class HoconWriter
{
    public static string Write(Literal value) => value switch
    {
        Literal.NullLiteral => "null",
        Literal.TextLiteral text => QuotedText.Write(text.Value),
        Literal.WordLiteral word => IsBare(word.Value) ? word.Value : QuotedText.Write(word.Value),
        Literal.NumberLiteral number => number.Value.ToString(CultureInfo.InvariantCulture),
        Literal.BooleanLiteral boolean => boolean.Value ? "true" : "false",
        Literal.ListLiteral list => "[" + string.Join(", ", list.Items.Select(Write)) + "]",
        Literal.MapLiteral { Members.IsEmpty: true } => "{}",
        Literal.MapLiteral map => "{ " + string.Join(", ", map.Members.Select(static m => $"{Name(m.Name)} = {Write(m.Value)}")) + " }",
        Literal.RawLiteral raw => raw.Value,
        _ => throw new InvalidOperationException($"{value.GetType().Name} is no literal"),
    };

    public static string Names(ReadOnlySpan<string> path) => string.Join('.', path.ToArray().Select(Name));

    // EMQX's words begin with a letter; Typesafe's would be numbers or keywords otherwise.
    private static bool IsBare(string word) =>
        word.Length > 0 && char.IsAsciiLetter(word[0]) && word.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
        && word is not ("true" or "false" or "null" or "include" or "yes" or "no" or "on" or "off");

    private static string Name(string name) =>
        name.Length > 0 && name != "include" && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? name : QuotedText.Write(name);
}
