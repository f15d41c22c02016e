using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Gatehouse.Engine.Configuration;

namespace Gatehouse.Engine.Gates.Headers;

/// <summary>
/// Redirects of an upstream that name the upstream itself: its clients cannot reach that address, and shall not learn it. They
/// become references to the same path at the gate (RFC 9110 sections 10.2.2 and 8.7; RFC 3986 section 4.2).
/// </summary>
internal static class Locations
{
    private static readonly SearchValues<byte> SchemeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."u8);

    /// <summary>Whether a header is one that names a place.</summary>
    public static bool IsOne(ReadOnlySpan<byte> name) => name.Length switch
    {
        8 => Ascii.EqualsIgnoreCase(name, "location"u8),
        16 => Ascii.EqualsIgnoreCase(name, "content-location"u8),
        _ => false,
    };

    /// <summary>
    /// What is written instead: path, query and fragment of a place at the upstream's own host, on whatever port of it. False: it
    /// is another place, or relative, and stays as it is.
    /// </summary>
    /// <param name="value">The header's value.</param>
    /// <param name="upstream">What the gate guards.</param>
    /// <param name="reference">A reference that begins with <c>/</c>.</param>
    public static bool TryRewrite(ReadOnlySpan<byte> value, UpstreamAddress upstream, [NotNullWhen(true)] out string? reference)
    {
        reference = null;
        int authority = value.IndexOf("//"u8);
        bool isAbsolute = authority == 0
            || (authority > 0 && value[authority - 1] == ':' && value[..authority].IndexOfAnyExcept(SchemeCharacters) == authority - 1);
        if (!isAbsolute)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = value[(authority + 2)..];
        int end = rest.IndexOfAny("/?#\\"u8);
        ReadOnlySpan<byte> host = end < 0 ? rest : rest[..end];
        if (!IsUpstream(HostOf(host), upstream))
        {
            return false;
        }

        string path = end < 0 ? "" : Encoding.Latin1.GetString(rest[end..]);

        // Two slashes at the beginning would name a host again.
        reference = "/" + path.TrimStart('/', '\\');
        return true;
    }

    private static string HostOf(ReadOnlySpan<byte> authority)
    {
        ReadOnlySpan<byte> host = authority[(authority.LastIndexOf((byte)'@') + 1)..];
        if (host.Length > 0 && host[0] == '[')
        {
            int close = host.IndexOf((byte)']');
            return close < 0 ? "" : Encoding.Latin1.GetString(host[1..close]);
        }

        int port = host.IndexOf((byte)':');
        return Encoding.Latin1.GetString(port < 0 ? host : host[..port]);
    }

    // Loopback has many names, and a wildcard is what some servers believe to be called.
    private static bool IsUpstream(string host, UpstreamAddress upstream) =>
        host.Length > 0
        && (host.Equals(upstream.Host, StringComparison.OrdinalIgnoreCase)
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out IPAddress? address)
                && (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
                    || address.Equals(upstream.Address))));
}
