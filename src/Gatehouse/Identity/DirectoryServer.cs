using System.Net;

namespace Gatehouse.Identity;

/// <summary>How what is said to a server is protected.</summary>
public enum DirectoryTransport
{
    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>TLS before anything is said (RFC 4511 section 4.14).</summary>
    StartTls,

    /// <summary>Clear text, to a loopback address only.</summary>
    Clear,
}

/// <summary>One server of a directory.</summary>
/// <param name="Host">Name or address; the certificate must be for it.</param>
/// <param name="Port">The port.</param>
/// <param name="Transport">How it is protected.</param>
public sealed record DirectoryServer(string Host, int Port, DirectoryTransport Transport)
{
    private const int PlainPort = 389;
    private const int TlsPort = 636;

    /// <summary>Reads <c>ldaps://host[:port]</c> or <c>ldap://host[:port]</c>: nothing else may stand in it.</summary>
    public static DirectoryServer? Parse(string url, bool startTls)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("ldap" or "ldaps") || uri.Host.Length == 0
            || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.AbsolutePath is not ("" or "/") || uri.Port == 0)
        {
            return null;
        }

        bool isTls = uri.Scheme == "ldaps";
        int port = uri.Port > 0 ? uri.Port : isTls ? TlsPort : PlainPort;
        return new DirectoryServer(uri.IdnHost.Trim('[', ']'), port, isTls ? DirectoryTransport.Tls : startTls ? DirectoryTransport.StartTls : DirectoryTransport.Clear);
    }

    /// <summary>Whether the host can be nothing but this machine; what a name resolves to is checked again once connected.</summary>
    public bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Transport == DirectoryTransport.Tls ? "ldaps" : "ldap")}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}
