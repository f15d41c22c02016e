using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Trust.Enrolment;

/// <summary>Where an admin API is reached: <c>HOST:PORT</c>, <c>192.0.2.7:7443</c> or <c>[2001:db8::7]:7443</c>.</summary>
/// <param name="Host">A DNS name or an address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record TokenAddress(string Host, int Port)
{
    /// <summary>Longest text, in characters.</summary>
    public const int MostCharacters = 255;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");

    /// <summary>As it is written.</summary>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>Reads one in its one form: no leading zeros, no zone, nothing around it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TokenAddress? address)
    {
        address = null;
        int colon = text.LastIndexOf(':');
        if (text.Length > MostCharacters || colon < 1
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
        {
            return false;
        }

        string host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            if (!IPAddress.TryParse(host, out IPAddress? six) || six.AddressFamily != AddressFamily.InterNetworkV6)
            {
                return false;
            }
        }
        else if (host.AsSpan().ContainsAnyExcept(NameCharacters) || host.StartsWith('.') || host.EndsWith('.') || host.StartsWith('-'))
        {
            return false;
        }

        // `1` and `0x7f.1` are addresses to the resolver: only what reads back as it was written is taken.
        if (IPAddress.TryParse(host, out IPAddress? parsed) && parsed.ToString() != host)
        {
            return false;
        }

        var made = new TokenAddress(host, port);
        address = made.ToString() == text ? made : null;
        return address is not null;
    }
}
