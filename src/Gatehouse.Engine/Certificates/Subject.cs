using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gatehouse.Engine.Certificates;

/// <summary>
/// A distinguished name read as structure (RFC 5280 section 4.1.2.4), never by splitting text: a common name of
/// <c>a,OU=admins</c> is one value of one attribute. Parts of several values are refused, their order being anybody's guess.
/// </summary>
internal sealed class Subject
{
    private static readonly FrozenDictionary<string, string> Oids = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["CN"] = "2.5.4.3",
        ["SERIALNUMBER"] = "2.5.4.5",
        ["C"] = "2.5.4.6",
        ["L"] = "2.5.4.7",
        ["ST"] = "2.5.4.8",
        ["O"] = "2.5.4.10",
        ["OU"] = "2.5.4.11",
        ["T"] = "2.5.4.12",
        ["UID"] = "0.9.2342.19200300.100.1.1",
        ["DC"] = "0.9.2342.19200300.100.1.25",
        ["E"] = "1.2.840.113549.1.9.1",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Names = Oids.ToFrozenDictionary(static p => p.Value, static p => p.Key, StringComparer.Ordinal);

    private readonly ImmutableArray<(string Oid, string Value)> _parts;

    private Subject(ImmutableArray<(string Oid, string Value)> parts) => _parts = parts;

    /// <summary>
    /// The name as one text, RFC 4514: most specific part first, what could be mistaken for structure as <c>\2c</c> and the like,
    /// so that a comma in it always separates two parts. An attribute without a short name stands there by its OID.
    /// </summary>
    public string Canonical => string.Join(',', _parts.Reverse().Select(static p => $"{Names.GetValueOrDefault(p.Oid, p.Oid)}={Escape(p.Value)}"));

    /// <summary>The OID of an attribute by its short name or OID; null when it is neither.</summary>
    public static string? OidOf(string word)
    {
        if (Oids.GetValueOrDefault(word) is { } known)
        {
            return known;
        }

        string[] arcs = word.Split('.');
        return arcs.Length >= 3 && Array.TrueForAll(arcs, static a => a.Length is > 0 and < 20 && a.All(char.IsAsciiDigit) && (a.Length == 1 || a[0] != '0')) ? word : null;
    }

    /// <summary>Reads one; null when it has parts of several values, or values that are no text.</summary>
    public static Subject? Read(X500DistinguishedName name)
    {
        ImmutableArray<(string Oid, string Value)>.Builder parts = ImmutableArray.CreateBuilder<(string Oid, string Value)>();
        try
        {
            foreach (X500RelativeDistinguishedName part in name.EnumerateRelativeDistinguishedNames(reversed: false))
            {
                if (part.HasMultipleElements || part.GetSingleElementType().Value is not { } oid || part.GetSingleElementValue() is not { } value || HoldsZero(part))
                {
                    return null;
                }

                parts.Add((oid, value));
            }
        }
        catch (Exception fault) when (fault is CryptographicException or AsnContentException)
        {
            return null;
        }

        return new Subject(parts.ToImmutable());
    }

    /// <summary>All values of an attribute, in the order of the name.</summary>
    public ImmutableArray<string> Values(string oid) => [.. _parts.Where(p => string.Equals(p.Oid, oid, StringComparison.Ordinal)).Select(static p => p.Value)];

    /// <summary>
    /// Whether the value holds a zero character. The platform cuts those at the end off, so that somebody signed as such a name
    /// would come in as another; no name needs one.
    /// </summary>
    public static bool HoldsZero(X500RelativeDistinguishedName part)
    {
        AsnReader pair = new AsnReader(part.RawData, AsnEncodingRules.BER).ReadSetOf().ReadSequence();
        pair.ReadObjectIdentifier();
        ReadOnlySpan<byte> encoded = pair.PeekEncodedValue().Span;
        ReadOnlySpan<byte> content = pair.PeekContentBytes().Span;
        int unit = (UniversalTagNumber)(encoded[0] & 0x1f) switch
        {
            UniversalTagNumber.BMPString => 2,
            UniversalTagNumber.UniversalString => 4,
            _ => 1,
        };
        for (; content.Length >= unit; content = content[unit..])
        {
            if (content[..unit].IndexOfAnyExcept((byte)0) < 0)
            {
                return true;
            }
        }

        return !content.IsEmpty; // part of a character
    }

    private static string Escape(string value)
    {
        StringBuilder into = new(value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            bool odd = c is ',' or '+' or '"' or '\\' or '<' or '>' or ';' or '=' or '*' or '#' or < ' ' or '\u007f' || (c == ' ' && (i == 0 || i == value.Length - 1));
            if (odd)
            {
                into.Append('\\').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            }
            else
            {
                into.Append(c);
            }
        }

        return into.ToString();
    }
}
