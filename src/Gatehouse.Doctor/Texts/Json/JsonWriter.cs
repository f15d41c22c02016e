using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gatehouse.Doctor.Texts.Json;

/// <summary>Values as JSON: on one line, or as Go's encoder indents.</summary>
/// <param name="unit">One level of indentation, or null for one line.</param>
/// <param name="newLine">The file's line break.</param>
internal sealed class JsonWriter(string? unit, string newLine)
{
    public string Write(Literal value, string indent) => value switch
    {
        Literal.NullLiteral => "null",
        Literal.TextLiteral text => QuotedText.Write(text.Value),
        Literal.WordLiteral word => QuotedText.Write(word.Value),
        Literal.NumberLiteral number => number.Value.ToString(CultureInfo.InvariantCulture),
        Literal.BooleanLiteral boolean => boolean.Value ? "true" : "false",
        Literal.ListLiteral list => Block('[', ']', indent, list.Items, Write),
        Literal.MapLiteral map => Block('{', '}', indent, map.Members, (m, inner) => $"{QuotedText.Write(m.Name)}: {Write(m.Value, inner)}"),
        Literal.RawLiteral raw => raw.Value,
        _ => throw new InvalidOperationException($"{value.GetType().Name} is no literal"),
    };

    private string Block<T>(char open, char close, string indent, ImmutableArray<T> items, Func<T, string, string> write)
    {
        if (items.IsEmpty)
        {
            return $"{open}{close}";
        }

        string inner = unit is null ? "" : indent + unit;
        string line = unit is null ? "" : newLine + inner;
        var text = new StringBuilder().Append(open);
        for (int i = 0; i < items.Length; i++)
        {
            text.Append(i == 0 ? line : unit is null ? ", " : "," + line).Append(write(items[i], inner));
        }

        return text.Append(unit is null ? "" : newLine + indent).Append(close).ToString();
    }
}
