using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Engine.Configuration;

/// <summary>
/// Addresses as the file writes them: <c>127.0.0.1:9243</c> or <c>[::1]:9243</c>. One spelling an address: no names, no
/// short, octal or mapped forms, so that two readers of the file cannot see two addresses.
/// </summary>
internal static class ListenAddress
{
    /// <summary>Parses an address with port 1 to 65535; on failure says why, in words for an operator.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPEndPoint? endpoint, [NotNullWhen(false)] out string? why)
    {
        endpoint = null;
        int colon = text.LastIndexOf(':');
        if (colon < 0 || text.EndsWith(']'))
        {
            why = "it has no port; write ADDRESS:PORT";
            return false;
        }

        string host = text[..colon];
        if (!TryParsePort(text[(colon + 1)..], out int port))
        {
            why = "the port is a number from 1 to 65535";
            return false;
        }

        if (host.Length == 0)
        {
            why = $"it has no address; write 127.0.0.1:{port} for this host only, 0.0.0.0:{port} or [::]:{port} for every interface";
            return false;
        }

        bool bracketed = host is ['[', .., ']'];
        if (!TryParseHost(bracketed ? host[1..^1] : host, out IPAddress? address, out why))
        {
            return false;
        }

        if (bracketed != (address.AddressFamily == AddressFamily.InterNetworkV6))
        {
            why = bracketed ? "brackets are for IPv6 addresses" : $"IPv6 addresses stand in brackets; write [{host}]:{port}";
            return false;
        }

        endpoint = new IPEndPoint(address, port);
        return true;
    }

    /// <summary>Parses a plain decimal port from 1 to 65535, without sign or leading zeros.</summary>
    public static bool TryParsePort(string text, out int port)
    {
        port = 0;
        return text.Length is > 0 and <= 5 && text[0] != '0' && text.All(char.IsAsciiDigit)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue;
    }

    /// <summary>Parses an address in its one accepted spelling.</summary>
    public static bool TryParseHost(string text, [NotNullWhen(true)] out IPAddress? address, [NotNullWhen(false)] out string? why)
    {
        address = null;
        why = null;
        if (text.Contains('%', StringComparison.Ordinal))
        {
            why = "addresses with a zone are not supported";
        }
        else if (!IPAddress.TryParse(text, out IPAddress? parsed))
        {
            why = text is "localhost"
                ? "listen addresses are numbers, not names; write 127.0.0.1 or [::1]"
                : "it is no IPv4 or IPv6 address";
        }
        else if (parsed.IsIPv4MappedToIPv6)
        {
            why = "mapped addresses have a plain spelling; write " + parsed.MapToIPv4();
        }
        else if (parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() != text)
        {
            // The platform reads 127.1, 0x7f.1 and 0177.0.0.1 too; another reader of the file may not.
            why = "write it as four decimal numbers: " + parsed;
        }
        else
        {
            address = parsed;
        }

        return address is not null;
    }
}
