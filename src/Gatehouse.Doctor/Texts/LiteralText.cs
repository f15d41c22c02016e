using System.Globalization;

namespace Gatehouse.Doctor.Texts;

/// <summary>Literals of files that hold nothing but texts.</summary>
internal static class LiteralText
{
    /// <summary>The text of a scalar, or null.</summary>
    public static string? Of(Literal value) => value switch
    {
        Literal.TextLiteral text => text.Value,
        Literal.WordLiteral word => word.Value,
        Literal.RawLiteral raw => raw.Value,
        Literal.NumberLiteral number => number.Value.ToString(CultureInfo.InvariantCulture),
        Literal.BooleanLiteral boolean => boolean.Value ? "true" : "false",
        _ => null,
    };
}
