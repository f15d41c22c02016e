using System.Globalization;
using System.Net;
using System.Text;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Where an upstream is and how it is spoken to.</summary>
internal enum UpstreamKind
{
    /// <summary>HTTP/1.1 in clear over TCP.</summary>
    Http,

    /// <summary>HTTP/1.1 over TLS.</summary>
    Https,

    /// <summary>HTTP/1.1 (or plain bytes for a <c>tcp</c> gate) over a Unix socket.</summary>
    Unix,

    /// <summary>Plain bytes over TCP.</summary>
    Tcp,

    /// <summary>Answered inside this process.</summary>
    BuiltIn,
}

/// <summary>A parsed <c>upstream</c> setting. Immutable.</summary>
internal sealed class UpstreamAddress
{
    private UpstreamAddress(UpstreamKind kind, string text, string host, int port)
    {
        Kind = kind;
        Text = text;
        Host = host;
        Port = port;
        Authority = kind == UpstreamKind.Unix ? "localhost" : FormatAuthority(kind, host, port);
        AuthorityBytes = Encoding.ASCII.GetBytes(Authority);
    }

    /// <summary>How it is spoken to.</summary>
    public UpstreamKind Kind { get; }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Host name or address; the path of a Unix socket; the name of a built-in.</summary>
    public string Host { get; }

    /// <summary>Port, 0 where it has none.</summary>
    public int Port { get; }

    /// <summary>Value of <c>Host</c> towards the upstream.</summary>
    public string Authority { get; }

    internal byte[] AuthorityBytes { get; }

    /// <summary>Reads <c>http://h:p</c>, <c>https://h:p</c>, <c>tcp://h:p</c>, <c>unix:/path</c> or <c>builtin:name</c>; null with a reason otherwise.</summary>
    public static UpstreamAddress? TryParse(string text, out string? why)
    {
        why = null;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            string path = text["unix:".Length..];
            if (path.StartsWith('/') && path.Length is > 1 and < 108)
            {
                return new UpstreamAddress(UpstreamKind.Unix, text, path, 0);
            }

            why = "a Unix socket is written `unix:/absolute/path` with fewer than 108 characters";
            return null;
        }

        if (text.StartsWith("builtin:", StringComparison.Ordinal))
        {
            return new UpstreamAddress(UpstreamKind.BuiltIn, text, text["builtin:".Length..], 0);
        }

        int colon = text.IndexOf("://", StringComparison.Ordinal);
        UpstreamKind? kind = colon < 0 ? null : text[..colon] switch
        {
            "http" => UpstreamKind.Http,
            "https" => UpstreamKind.Https,
            "tcp" => UpstreamKind.Tcp,
            _ => null,
        };
        if (kind is null)
        {
            why = "it begins with none of `http://`, `https://`, `tcp://`, `unix:`, `builtin:`";
            return null;
        }

        return ParseAuthority(kind.Value, text, text[(colon + 3)..].TrimEnd('/'), out why);
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static UpstreamAddress? ParseAuthority(UpstreamKind kind, string text, string authority, out string? why)
    {
        string host = authority;
        int port = kind switch { UpstreamKind.Http => 80, UpstreamKind.Https => 443, _ => 0 };
        int last = authority.LastIndexOf(':');
        if (last >= 0 && authority.IndexOf(']', last) < 0)
        {
            host = authority[..last];
            if (!int.TryParse(authority.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
            {
                port = -1;
            }
        }

        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            if (!IPAddress.TryParse(host, out _))
            {
                host = "";
            }
        }
        else if (host.Contains(':'))
        {
            host = "";
        }

        if (port is < 1 or > 65535 || host.Length is 0 or > 255 || Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            why = "host and port are expected after `://` and nothing else";
            return null;
        }

        why = null;
        return new UpstreamAddress(kind, text, host, port);
    }

    private static string FormatAuthority(UpstreamKind kind, string host, int port)
    {
        string name = host.Contains(':') ? $"[{host}]" : host;
        bool isDefault = (kind == UpstreamKind.Http && port == 80) || (kind == UpstreamKind.Https && port == 443) || port == 0;
        return isDefault ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{port}");
    }
}
