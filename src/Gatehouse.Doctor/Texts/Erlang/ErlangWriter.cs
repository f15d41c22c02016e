using System.Globalization;
using System.Text;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Doctor.Texts.Erlang;

/// <summary>Values and names as Erlang terms, on one line.</summary>
internal static class ErlangWriter
{
    public static string Write(Literal value) => value switch
    {
        Literal.NullLiteral => "undefined",
        Literal.TextLiteral text => Quoted(text.Value, '"'),
        Literal.WordLiteral word => Atom(word.Value),
        Literal.NumberLiteral number => number.Value.ToString(CultureInfo.InvariantCulture),
        Literal.BooleanLiteral boolean => boolean.Value ? "true" : "false",
        Literal.ListLiteral list => "[" + string.Join(", ", list.Items.Select(Write)) + "]",
        Literal.MapLiteral map => "[" + string.Join(", ", map.Members.Select(static m => Pair(m.Name, Write(m.Value)))) + "]",
        Literal.RawLiteral raw => raw.Value,
        _ => throw new InvalidOperationException($"{value.GetType().Name} is no literal"),
    };

    public static string Pair(string name, string value) => $"{{{Atom(name)}, {value}}}";

    private static string Atom(string name) =>
        name.Length > 0 && char.IsAsciiLetterLower(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '@')
            && ErlangTerms.TryParse(name + ".", out _, out _) ? name : Quoted(name, '\'');

    private static string Quoted(string value, char quote)
    {
        var text = new StringBuilder().Append(quote);
        foreach (Rune rune in value.EnumerateRunes())
        {
            text = rune.Value switch
            {
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\\' => text.Append("\\\\"),
                _ when rune.Value == quote => text.Append('\\').Append(quote),
                _ when Rune.IsControl(rune) => text.Append("\\x{").Append(rune.Value.ToString("X", CultureInfo.InvariantCulture)).Append('}'),
                _ => text.Append(rune.ToString()),
            };
        }

        return text.Append(quote).ToString();
    }
}
