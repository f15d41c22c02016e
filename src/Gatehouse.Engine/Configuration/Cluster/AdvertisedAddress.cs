using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Engine.Configuration.Cluster;

/// <summary>Where others dial: <c>10.0.0.1:7444</c>, <c>[2001:db8::1]:7444</c> or <c>node-a.example.com:7444</c>.</summary>
internal static class AdvertisedAddress
{
    /// <summary>Parses one; on failure says why, in words for an operator.</summary>
    /// <param name="text">As written.</param>
    /// <param name="host">Address or name, without brackets.</param>
    /// <param name="port">The port.</param>
    /// <param name="why">Why it is none.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? host, out int port, [NotNullWhen(false)] out string? why)
    {
        int colon = text.LastIndexOf(':');
        bool hasPort = colon >= 0 && !text.EndsWith(']');
        string written = hasPort ? text[..colon] : text;
        bool bracketed = written is ['[', .., ']'];
        host = bracketed ? written[1..^1] : written;
        port = 0;
        why = !hasPort ? "it has no port; write HOST:PORT"
            : !ListenAddress.TryParsePort(text[(colon + 1)..], out port) ? "the port is a number from 1 to 65535"
            : bracketed || IPAddress.TryParse(written, out _) ? WrongAddress(host, bracketed)
            : HostNames.IsName(written) ? null
            : "it is neither an address nor a host name";
        return why is null;
    }

    private static string? WrongAddress(string host, bool bracketed) =>
        !ListenAddress.TryParseHost(host, out IPAddress? address, out string? why) ? why
            : bracketed == (address.AddressFamily == AddressFamily.InterNetworkV6) ? null
            : bracketed ? "brackets are for IPv6 addresses"
            : "IPv6 addresses stand in brackets";
}
