using System.Globalization;
using System.Text;

namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>
/// Names of Ignite 3: without quotes they fold to upper case, in double quotes they stay. The canonical form has quotes only where it
/// needs them: <c>PUBLIC.ORDERS</c>, <c>PUBLIC."orders"</c>.
/// </summary>
public static class SqlNames
{
    internal const string System = "SYSTEM";

    private const int MaxLength = 512;

    /// <summary>The canonical form of a normalized name.</summary>
    public static string Canonical(string part) => IgniteNames.Part(part);

    /// <summary>The canonical form of a table of normalized names.</summary>
    public static string Canonical(string schema, string table) => IgniteNames.Canonical(schema, table);

    /// <summary>The canonical form of a table that is named as in SQL, such as <c>orders</c> or <c>public."x"</c>; null where that is not plain.</summary>
    public static string? ReadTable(string text, string? defaultSchema = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IgniteNames.TryParse(text, defaultSchema, out string? canonical) ? canonical : null;
    }

    /// <summary>
    /// The schema of unqualified names, normalized; null where it is not clear whether the operand is SQL's form or the normalized one:
    /// only upper-case names are both, and quotes are no part of a real name.
    /// </summary>
    internal static string? ReadSchema(string? operand)
    {
        if (operand is null)
        {
            return IgniteNames.DefaultSchema;
        }

        if (operand.Length is > 0 and <= MaxLength && IgniteNames.Part(operand) == operand)
        {
            return operand;
        }

        bool isQuoted = operand.Length > 2 && operand[0] == '"' && operand[^1] == '"';
        return isQuoted ? Unquote(operand) : null;
    }

    /// <summary>Takes the quotes off; null where the name is not one.</summary>
    internal static string? Unquote(ReadOnlySpan<char> quoted)
    {
        ReadOnlySpan<char> inner = quoted[1..^1];
        StringBuilder name = new(inner.Length);
        for (int i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '"')
            {
                i++;
                if (i >= inner.Length || inner[i] != '"')
                {
                    return null;
                }
            }

            name.Append(inner[i]);
        }

        return Checked(name.ToString());
    }

    /// <summary>
    /// Decodes the name of <c>U&amp;"..."</c>: the escape twice is itself, with four hexadecimal digits a UTF-16 unit. The standard's form
    /// with six digits is not Calcite's.
    /// </summary>
    internal static string? DecodeUnicode(ReadOnlySpan<char> quoted, char escape)
    {
        string? raw = Unquote(quoted[2..]);
        if (raw is null)
        {
            return null;
        }

        StringBuilder name = new(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != escape)
            {
                name.Append(raw[i]);
            }
            else if (i + 1 < raw.Length && raw[i + 1] == escape)
            {
                name.Append(escape);
                i++;
            }
            else if (i + 4 < raw.Length && ushort.TryParse(raw.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
            {
                name.Append((char)unit);
                i += 4;
            }
            else
            {
                return null;
            }
        }

        return Checked(name.ToString());
    }

    /// <summary>Whether the character may be the escape of a <c>U&amp;</c> name.</summary>
    internal static bool IsEscape(char c) => char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c)) && c is not ('\'' or '"' or '+' or '-');

    // What no eye sees is no part of a name that an operator grants.
    private static string? Checked(string name)
    {
        if (name.Length is 0 or > MaxLength)
        {
            return null;
        }

        for (int i = 0; i < name.Length; i++)
        {
            bool isPair = i + 1 < name.Length && char.IsSurrogatePair(name[i], name[i + 1]);
            UnicodeCategory category = isPair ? CharUnicodeInfo.GetUnicodeCategory(name, i) : char.GetUnicodeCategory(name[i]);
            if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                return null;
            }

            i += isPair ? 1 : 0;
        }

        return name;
    }
}
