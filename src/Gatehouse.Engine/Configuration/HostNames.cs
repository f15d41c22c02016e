using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Engine.Configuration;

/// <summary>Host names as RFC 1123 section 2.1 has them, and what is written with them.</summary>
internal static class HostNames
{
    /// <summary>Whether it is a host name: labels of letters, digits and inner hyphens, at most 253 characters.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 253 && text.Split('.').All(static label =>
            label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-'
            && label.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-'));

    /// <summary>Whether it is a host name or address, IPv6 in brackets, with or without a port: what <c>Host</c> carries.</summary>
    public static bool IsHostAndPort(string text)
    {
        int colon = text.LastIndexOf(':');
        bool hasPort = colon >= 0 && !text.EndsWith(']');
        string host = hasPort ? text[..colon] : text;
        if (hasPort && !ListenAddress.TryParsePort(text[(colon + 1)..], out _))
        {
            return false;
        }

        if (host is ['[', .., ']'])
        {
            return ListenAddress.TryParseHost(host[1..^1], out IPAddress? six, out _) && six.AddressFamily == AddressFamily.InterNetworkV6;
        }

        return ListenAddress.TryParseHost(host, out IPAddress? four, out _)
            ? four.AddressFamily == AddressFamily.InterNetwork
            : IsName(host) && !IPAddress.TryParse(host, out _);
    }

    /// <summary>Whether it is an origin exactly as browsers send it (RFC 6454 section 6.2).</summary>
    public static bool IsOrigin(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || text[..scheme] is not ("http" or "https") || text.Any(char.IsAsciiLetterUpper))
        {
            return false;
        }

        string host = text[(scheme + 3)..];
        string own = text[..scheme] == "http" ? ":80" : ":443";
        if (!IsHostAndPort(host) || host.EndsWith(own, StringComparison.Ordinal))
        {
            return false;
        }

        // An IPv6 address has many spellings; browsers send one of them (the URL standard, section 3.5).
        return host[0] != '[' || host.StartsWith($"[{IPAddress.Parse(host[1..host.IndexOf(']', StringComparison.Ordinal)])}]", StringComparison.Ordinal);
    }
}
