using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Gatehouse.Engine.Configuration;

/// <summary>Where an audit output goes, parsed: <c>syslog+tls://HOST:PORT</c>, <c>syslog+tcp://</c>, <c>otlp+https://HOST:PORT/PATH</c>, <c>otlp+http://</c>.</summary>
/// <param name="IsSyslog">Syslog, or else OTLP.</param>
/// <param name="IsTls">Whether TLS is spoken.</param>
/// <param name="Host">Name or address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Path">OTLP: the path.</param>
internal sealed record OutputAddress(bool IsSyslog, bool IsTls, string Host, int Port, string Path)
{
    private const string DefaultPath = "/v1/logs";

    /// <summary>Whether the host is a loopback address.</summary>
    public bool IsLoopback => ListenAddress.TryParseHost(Host, out IPAddress? address, out _) && IPAddress.IsLoopback(address);

    /// <summary>Parses one of the forms.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out OutputAddress? address)
    {
        address = null;
        int end = text.IndexOf("://", StringComparison.Ordinal);
        (bool IsSyslog, bool IsTls)? kind = end < 0 ? null : text[..end] switch
        {
            "syslog+tls" => (true, true),
            "syslog+tcp" => (true, false),
            "otlp+https" => (false, true),
            "otlp+http" => (false, false),
            _ => null,
        };
        if (kind is not { } known)
        {
            return false;
        }

        string rest = text[(end + 3)..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string path = slash < 0 ? "" : rest[slash..];
        rest = slash < 0 ? rest : rest[..slash];
        int colon = rest.LastIndexOf(':');
        if (colon < 1 || !ListenAddress.TryParsePort(rest[(colon + 1)..], out int port) || !HostNames.IsHostAndPort(rest)
            || (known.IsSyslog && path.Length > 0) || path.Any(static c => c is <= ' ' or '?' or '#' or '\\' or > '~'))
        {
            return false;
        }

        string host = rest[..colon].Trim('[', ']');
        address = new OutputAddress(known.IsSyslog, known.IsTls, host, port, path.Length == 0 ? DefaultPath : path);
        return true;
    }
}
