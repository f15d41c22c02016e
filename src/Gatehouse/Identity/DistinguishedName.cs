using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gatehouse.Identity;

/// <summary>One attribute and value of a part of a distinguished name.</summary>
/// <param name="Type">The attribute's short name or OID, in lower case.</param>
/// <param name="Value">The value without escapes; of a binary one (<c>#04ff</c>) the hexadecimal text.</param>
/// <param name="IsBinary">Whether the value was written as <c>#</c> and hexadecimal digits.</param>
public readonly record struct NamePart(string Type, string Value, bool IsBinary = false);

/// <summary>
/// A distinguished name read from its text (RFC 4514), to be compared by its parts and never as text: case of ASCII letters and runs of
/// spaces do not count, escapes do not matter, an escaped comma is not a boundary.
/// </summary>
public sealed class DistinguishedName : IEquatable<DistinguishedName>
{
    /// <summary>Longest text that is read, in characters.</summary>
    public const int MaxLength = 8192;

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);
    private readonly ImmutableArray<string> _normal;

    private DistinguishedName(string text, ImmutableArray<ImmutableArray<NamePart>> parts)
    {
        Text = text;
        Parts = parts;
        _normal = [.. parts.Select(Normal)];
        Normalized = string.Join(',', _normal);
    }

    /// <summary>As it was read.</summary>
    public string Text { get; }

    /// <summary>The parts, the entry's own first; more than one attribute in a part is <c>cn=a+uid=b</c>.</summary>
    public ImmutableArray<ImmutableArray<NamePart>> Parts { get; }

    /// <summary>The one text of all names that are equal to this one.</summary>
    public string Normalized { get; }

    /// <summary>The plain name: the value of the first part; null for an empty name and for parts with several attributes.</summary>
    public string? PlainName => Parts is [[{ IsBinary: false } only], ..] ? only.Value : null;

    /// <summary>Reads a name; false when it is not well-formed.</summary>
    public static bool TryParse(string text, out DistinguishedName? name)
    {
        name = null;
        if (text.Length > MaxLength)
        {
            return false;
        }

        var parts = ImmutableArray.CreateBuilder<ImmutableArray<NamePart>>();
        var part = ImmutableArray.CreateBuilder<NamePart>();
        int at = 0;
        bool isEmpty = text.AsSpan().Trim(' ').IsEmpty;
        while (!isEmpty)
        {
            if (!TryReadPart(text, ref at, out NamePart read))
            {
                return false;
            }

            part.Add(read);
            bool ends = at == text.Length;
            if (ends || text[at] == ',')
            {
                parts.Add(part.ToImmutable());
                part.Clear();
            }

            if (ends)
            {
                break;
            }

            at++;
        }

        name = new DistinguishedName(text, parts.ToImmutable());
        return true;
    }

    /// <summary>The one text of all names that are equal to this one; null when the text is no name, or the empty one.</summary>
    public static string? TryNormalize(string text) => TryParse(text, out DistinguishedName? name) && !name!.Parts.IsEmpty ? name.Normalized : null;

    /// <summary>Writes any text as a value of a name (RFC 4514 section 2.4), so that it is that value and nothing more.</summary>
    public static string EscapeValue(string value)
    {
        var escaped = new StringBuilder(value.Length + 8);
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            bool isEdge = (c == ' ' && (i == 0 || i == value.Length - 1)) || (c == '#' && i == 0);
            if (c < ' ' || c == 0x7f)
            {
                escaped.Append('\\').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            }
            else if (isEdge || c is '"' or '+' or ',' or ';' or '<' or '>' or '=' or '\\')
            {
                escaped.Append('\\').Append(c);
            }
            else
            {
                escaped.Append(c);
            }
        }

        return escaped.ToString();
    }

    /// <summary>Whether this is the base or somewhere below it. Everything is below the empty name.</summary>
    public bool IsWithin(DistinguishedName ancestor) =>
        _normal.Length >= ancestor._normal.Length
        && _normal.AsSpan()[(_normal.Length - ancestor._normal.Length)..].SequenceEqual(ancestor._normal.AsSpan());

    /// <inheritdoc/>
    public bool Equals(DistinguishedName? other) => other is not null && string.Equals(Normalized, other.Normalized, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DistinguishedName);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Normalized);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool TryReadPart(string text, ref int at, out NamePart part)
    {
        part = default;
        int equals = text.IndexOf('=', at);
        if (equals < 0)
        {
            return false;
        }

        ReadOnlySpan<char> type = text.AsSpan(at, equals - at).Trim(' ');
        if (type.IsEmpty || !char.IsAsciiLetterOrDigit(type[0]) || !IsTypeName(type))
        {
            return false;
        }

        at = equals + 1;
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }

        bool isBinary = at < text.Length && text[at] == '#';
        if (!TryReadValue(text, ref at, isBinary, out string value))
        {
            return false;
        }

        part = new NamePart(type.ToString().ToLowerInvariant(), value, isBinary);
        return true;
    }

    /// <summary>Reads up to an unescaped <c>,</c> or <c>+</c> or the end. Unescaped spaces at the end do not count.</summary>
    private static bool TryReadValue(string text, ref int at, bool isBinary, out string value)
    {
        var bytes = new List<byte>(32);
        Span<byte> encoded = stackalloc byte[4];
        int kept = 0;
        value = "";
        while (at < text.Length && text[at] is not (',' or '+'))
        {
            char c = text[at];
            if (c is '\0' or '"' or ';' or '<' or '>')
            {
                return false;
            }

            if (c == '\\')
            {
                if (!TryReadEscape(text, ref at, bytes))
                {
                    return false;
                }

                kept = bytes.Count;
                continue;
            }

            if (!Rune.TryGetRuneAt(text, at, out Rune rune))
            {
                return false;
            }

            bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            at += rune.Utf16SequenceLength;
            kept = c == ' ' ? kept : bytes.Count;
        }

        try
        {
            value = StrictUtf8.GetString([.. bytes[..kept]]);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return !isBinary || (value.Length > 1 && value.Length % 2 == 1 && value.Skip(1).All(char.IsAsciiHexDigit));
    }

    private static bool TryReadEscape(string text, ref int at, List<byte> bytes)
    {
        if (at + 1 < text.Length && text[at + 1] is ' ' or '"' or '#' or '+' or ',' or ';' or '<' or '=' or '>' or '\\')
        {
            bytes.Add((byte)text[at + 1]);
            at += 2;
            return true;
        }

        if (at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 1]) && char.IsAsciiHexDigit(text[at + 2]))
        {
            bytes.Add(byte.Parse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            at += 3;
            return true;
        }

        return false;
    }

    private static bool IsTypeName(ReadOnlySpan<char> type)
    {
        foreach (char c in type)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    private static string Normal(ImmutableArray<NamePart> part) =>
        string.Join('+', part.Select(static p => $"{p.Type}={(p.IsBinary ? p.Value.ToLowerInvariant() : EscapeValue(Folded(p.Value)))}")
            .Order(StringComparer.Ordinal));

    /// <summary>
    /// ASCII letters in lower case, runs of spaces as one, none at the ends: what most attributes in names are matched by
    /// (RFC 4518). Other letters stay: some that are no ASCII have a lower case that is.
    /// </summary>
    private static string Folded(string value)
    {
        string single = string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return string.Create(single.Length, single, static (into, from) =>
        {
            for (int i = 0; i < from.Length; i++)
            {
                into[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
            }
        });
    }
}
