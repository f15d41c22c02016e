using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Engine.Configuration;

/// <summary>The upstream of a gate, parsed. The file's forms and nothing else: no user, query or fragment, a path for WebSocket only.</summary>
/// <param name="Kind">How it is reached.</param>
/// <param name="Host">Host name or address without brackets; the name for built-in ones; empty for Unix sockets.</param>
/// <param name="Port">Port 1 to 65535; 0 for Unix sockets and built-in ones.</param>
/// <param name="Path">The socket file, or the path of a WebSocket; null otherwise.</param>
internal sealed record UpstreamAddress(UpstreamKind Kind, string Host, int Port, string? Path)
{
    /// <summary>The name of the built-in upstream that answers who the caller is.</summary>
    public const string WhoAmI = "whoami";

    // What brokers listen on (MQTT itself names no path).
    private const string DefaultPath = "/mqtt";

    private static readonly SearchValues<char> PathCharacters =
        SearchValues.Create("-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> NotHost = SearchValues.Create("/?#@\\ ");

    /// <summary>The address when <see cref="Host"/> is one, or null when it is a name.</summary>
    public IPAddress? Address => Kind is UpstreamKind.Unix or UpstreamKind.Builtin ? null
        : ListenAddress.TryParseHost(Host, out IPAddress? address, out _) ? address : null;

    /// <summary>Whether it has TLS, so that there is a certificate to check.</summary>
    public bool IsSecured => Kind is UpstreamKind.Https or UpstreamKind.Tls or UpstreamKind.Wss;

    /// <summary>Whether bytes go to it in clear text over a network.</summary>
    public bool IsClear => Kind is UpstreamKind.Http or UpstreamKind.Tcp or UpstreamKind.Ws;

    /// <summary>Whether it is a WebSocket.</summary>
    public bool IsWebSocket => Kind is UpstreamKind.Ws or UpstreamKind.Wss;

    /// <summary>Parses one of the forms; on failure says why, in words for an operator.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out UpstreamAddress? upstream, [NotNullWhen(false)] out string? why)
    {
        upstream = null;
        why = null;
        if (text.StartsWith("builtin:", StringComparison.Ordinal))
        {
            string name = text["builtin:".Length..];
            upstream = name == WhoAmI ? new UpstreamAddress(UpstreamKind.Builtin, name, 0, null) : null;
            why = upstream is null ? "the only built-in upstream is builtin:whoami" : null;
        }
        else if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            upstream = ParseUnix(text["unix:".Length..], out why);
        }
        else if (text.IndexOf("://", StringComparison.Ordinal) is > 0 and int scheme)
        {
            upstream = ParseNetwork(text[..scheme], text[(scheme + 3)..], out why);
        }
        else
        {
            why = "write http://HOST:PORT, https://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT, ws://HOST:PORT/PATH, wss://HOST:PORT/PATH, unix:/PATH or builtin:whoami";
        }

        return upstream is not null;
    }

    private static UpstreamAddress? ParseUnix(string path, out string? why)
    {
        // sun_path holds 108 bytes with the closing zero.
        why = !path.StartsWith('/') ? "the path of a socket is absolute: unix:/run/service.sock"
            : path.Split('/').Any(static part => part is "." or "..") ? "the path of a socket has no . or .. in it"
            : System.Text.Encoding.UTF8.GetByteCount(path) > 107 ? "the path of a socket has at most 107 bytes"
            : null;
        return why is null ? new UpstreamAddress(UpstreamKind.Unix, "", 0, path) : null;
    }

    private static UpstreamAddress? ParseNetwork(string scheme, string rest, out string? why)
    {
        UpstreamKind? kind = scheme switch
        {
            "http" => UpstreamKind.Http,
            "https" => UpstreamKind.Https,
            "tcp" => UpstreamKind.Tcp,
            "tls" => UpstreamKind.Tls,
            "ws" => UpstreamKind.Ws,
            "wss" => UpstreamKind.Wss,
            _ => null,
        };
        if (kind is null)
        {
            why = $"`{scheme}` is no scheme; http, https, tcp, tls, ws and wss are";
            return null;
        }

        string? path = kind is UpstreamKind.Ws or UpstreamKind.Wss ? CutPath(ref rest) : null;
        if (path is not null && !IsPath(path))
        {
            why = "the path of a WebSocket has letters, digits, -, _, . and ~ between single slashes";
            return null;
        }

        if (rest.AsSpan().IndexOfAny(NotHost) >= 0)
        {
            why = "an upstream is scheme, host and port only: no path (but with ws and wss), user, query or fragment";
            return null;
        }

        string host = rest;
        int port = kind switch { UpstreamKind.Http => 80, UpstreamKind.Https => 443, _ => 0 };
        int colon = rest.LastIndexOf(':');
        if (colon >= 0 && !rest.EndsWith(']'))
        {
            host = rest[..colon];
            if (!ListenAddress.TryParsePort(rest[(colon + 1)..], out port))
            {
                why = "the port is a number from 1 to 65535";
                return null;
            }
        }

        why = port == 0 ? $"{scheme} upstreams need a port" : CheckHost(ref host);
        return why is null ? new UpstreamAddress(kind.Value, host, port, path) : null;
    }

    private static string CutPath(ref string rest)
    {
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string path = slash < 0 ? DefaultPath : rest[slash..];
        rest = slash < 0 ? rest : rest[..slash];
        return path;
    }

    // Nothing that would have to be escaped, and no segment that a server could take away.
    private static bool IsPath(string path) =>
        path.Length <= 256 && (path == "/" || path[1..].Split('/').All(
            static part => part is not ("" or "." or "..") && !part.AsSpan().ContainsAnyExcept(PathCharacters)));

    private static string? CheckHost(ref string host)
    {
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
            return !ListenAddress.TryParseHost(host, out IPAddress? address, out string? why) ? why
                : address.AddressFamily == AddressFamily.InterNetworkV6 ? null : "brackets are for IPv6 addresses";
        }

        if (host.Contains(':', StringComparison.Ordinal))
        {
            return "IPv6 addresses stand in brackets";
        }

        // Anything that looks like an address must be one in its one spelling; the resolver reads 127.1 too.
        if (host.Length > 0 && (char.IsAsciiDigit(host[^1]) || IPAddress.TryParse(host, out _)))
        {
            return ListenAddress.TryParseHost(host, out _, out string? why) ? null : why;
        }

        return HostNames.IsName(host) ? null : "the host is no address and no host name";
    }
}

/// <summary>How an upstream is reached.</summary>
internal enum UpstreamKind
{
    /// <summary>HTTP in clear text.</summary>
    Http,

    /// <summary>HTTP over TLS with a pinned CA.</summary>
    Https,

    /// <summary>Plain TCP.</summary>
    Tcp,

    /// <summary>TCP with TLS and a pinned CA.</summary>
    Tls,

    /// <summary>WebSocket in clear text.</summary>
    Ws,

    /// <summary>WebSocket over TLS with a pinned CA.</summary>
    Wss,

    /// <summary>A Unix socket.</summary>
    Unix,

    /// <summary>Answered by the gate itself.</summary>
    Builtin,
}
