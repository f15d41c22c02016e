using System.Text;

namespace Gatehouse.Protocols.Ignite;

/// <summary>
/// Names of tables in one form: <c>SCHEMA.TABLE</c>. A part is bare when it begins with an upper-case letter or underscore and has
/// only those and digits; else it is in double quotes, a quote doubled.
/// </summary>
public static class IgniteNames
{
    /// <summary>The schema of a name without one.</summary>
    public const string DefaultSchema = "PUBLIC";

    /// <summary>The canonical name of parts as stored: without quotes, nothing folded.</summary>
    public static string Canonical(string schema, string name) => $"{Part(schema)}.{Part(name)}";

    /// <summary>A part as stored, bare or in quotes.</summary>
    public static string Part(string name) => IsBare(name) ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The canonical name of a name in SQL's form: <c>t</c>, <c>"t"</c>, <c>S.t</c>, <c>"s"."t"</c>; PUBLIC without a schema.</summary>
    public static bool TryParse(string text, out string? canonical) => TryParse(text, null, out canonical);

    /// <summary>
    /// The same with another default schema. Letters outside quotes fold to upper case; outside quotes only ASCII letters, digits and
    /// underscores are read, as nothing else folds the same everywhere.
    /// </summary>
    /// <param name="text">The name.</param>
    /// <param name="defaultSchema">The schema of a name without one, in SQL's form; null for PUBLIC.</param>
    /// <param name="canonical">The canonical name.</param>
    public static bool TryParse(string text, string? defaultSchema, out string? canonical)
    {
        canonical = null;
        int at = 0;
        if (!TryPart(text, ref at, out string first))
        {
            return false;
        }

        if (at == text.Length)
        {
            int end = 0;
            string schema = DefaultSchema;
            if (defaultSchema is not null && (!TryPart(defaultSchema, ref end, out schema) || end != defaultSchema.Length))
            {
                return false;
            }

            canonical = Canonical(schema, first);
            return true;
        }

        if (text[at++] != '.' || !TryPart(text, ref at, out string second) || at != text.Length)
        {
            return false;
        }

        canonical = Canonical(first, second);
        return true;
    }

    private static bool IsBare(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0])
        && name.All(static c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');

    private static bool TryPart(string text, ref int at, out string part)
    {
        part = "";
        if (at >= text.Length)
        {
            return false;
        }

        return text[at] == '"' ? TryQuoted(text, ref at, out part) : TryBare(text, ref at, out part);
    }

    private static bool TryBare(string text, ref int at, out string part)
    {
        int from = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }

        part = text[from..at].ToUpperInvariant();
        return IsBare(part);
    }

    private static bool TryQuoted(string text, ref int at, out string part)
    {
        var read = new StringBuilder();
        part = "";
        for (at++; at < text.Length; at++)
        {
            if (text[at] != '"')
            {
                read.Append(text[at]);
                continue;
            }

            if (at + 1 < text.Length && text[at + 1] == '"')
            {
                read.Append(text[at++]);
                continue;
            }

            at++;
            part = read.ToString();
            return part.Length > 0;
        }

        return false;
    }
}
