using System.Buffers;
using System.Globalization;

namespace Gatehouse.Network;

/// <summary>What an address rule names. Shown by <c>gatehouse ip list</c>.</summary>
public enum AddressRuleKind
{
    /// <summary>A single address.</summary>
    Address = 0,

    /// <summary>A CIDR.</summary>
    Network = 1,

    /// <summary>Addresses from first to last.</summary>
    Range = 2,

    /// <summary><c>_all</c>.</summary>
    Everyone = 3,

    /// <summary>A host name, resolved to addresses.</summary>
    Host = 4,

    /// <summary><c>*.example.com</c>: every name below the domain.</summary>
    Subdomains = 5,

    /// <summary><c>.example.com</c>: the domain and every name below it.</summary>
    Domain = 6,
}

/// <summary>A name in an address rule, in its one form: lower case, without a dot at the end.</summary>
/// <param name="Kind">Host, subdomains or domain.</param>
/// <param name="Name">The name, without what stands for "below".</param>
public readonly record struct HostPattern(AddressRuleKind Kind, string Name)
{
    // RFC 1035 section 2.3.4, as text without the last dot.
    private const int MaxName = 253;
    private const int MaxLabel = 63;

    private static readonly SearchValues<char> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>The rule's text in its one form.</summary>
    public override string ToString() => Kind switch
    {
        AddressRuleKind.Subdomains => "*." + Name,
        AddressRuleKind.Domain => "." + Name,
        _ => Name,
    };

    /// <summary>Reads a name. Whatever could be read as an address is none: <c>10.1</c>, <c>0x7f.1</c>, <c>1.2.3.4.5</c>.</summary>
    public static bool TryParse(string text, out HostPattern pattern)
    {
        AddressRuleKind kind = text.StartsWith("*.", StringComparison.Ordinal) ? AddressRuleKind.Subdomains
            : text.StartsWith('.') ? AddressRuleKind.Domain
            : AddressRuleKind.Host;
        string name = text[(kind == AddressRuleKind.Subdomains ? 2 : kind == AddressRuleKind.Domain ? 1 : 0)..];
        pattern = new HostPattern(kind, Fold(name));
        return IsHostName(pattern.Name);
    }

    /// <summary>
    /// Brings a name out of an answer into the same form; null where it is none. Labels may have underscores there, which
    /// host names do not have but the DNS carries.
    /// </summary>
    public static string? Normalize(string answer)
    {
        string name = Fold(answer);
        return IsHostName(name.Replace('_', 'x')) ? name : null;
    }

    /// <summary>The <c>xn--</c> form of an internationalized name, or null. Only for hints: rules are written in that form.</summary>
    public static string? Encoded(string text)
    {
        if (System.Text.Ascii.IsValid(text))
        {
            return null;
        }

        try
        {
            return TryParse(new IdnMapping().GetAscii(text), out HostPattern pattern) ? pattern.ToString() : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static string Fold(string name)
    {
        string cut = name.EndsWith('.') ? name[..^1] : name;
        return System.Text.Ascii.IsValid(cut) ? cut.ToLowerInvariant() : cut;
    }

    // RFC 1123 section 2.1. The last label has a letter and is no hexadecimal number: no resolver takes it for an address then.
    private static bool IsHostName(string name)
    {
        if (name.Length is 0 or > MaxName)
        {
            return false;
        }

        ReadOnlySpan<char> last = default;
        foreach (Range part in name.AsSpan().Split('.'))
        {
            last = name.AsSpan()[part];
            if (last.Length is 0 or > MaxLabel || last[0] == '-' || last[^1] == '-' || last.ContainsAnyExcept(Letters))
            {
                return false;
            }
        }

        return last.ContainsAnyInRange('a', 'z') && !last.StartsWith("0x", StringComparison.Ordinal);
    }
}
