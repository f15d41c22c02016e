using System.Collections.Frozen;
using System.Text;

namespace Gatehouse.Protocols.Http;

/// <summary>What is done with a header.</summary>
public enum HeaderDecision : byte
{
    /// <summary>It goes on.</summary>
    Forward = 0,

    /// <summary>It is left out.</summary>
    Strip,

    /// <summary>The request is refused.</summary>
    Refuse,
}

/// <summary>
/// Which headers pass a gate for generic HTTP. Towards the upstream: no hop-by-hop headers (RFC 9110 section 7.6.1), no
/// framing, no credentials of the client, nothing by which it could claim an identity, an address, another method or another
/// target; names with <c>_</c> never, because CGI-like servers read <c>X_Forwarded_For</c> as <c>X-Forwarded-For</c>. Cookies pass.
/// </summary>
public static class HeaderRules
{
    private static readonly FrozenDictionary<string, HeaderDecision> Request = MakeRequest();

    private static readonly FrozenDictionary<string, HeaderDecision>.AlternateLookup<ReadOnlySpan<char>> RequestBySpan =
        Request.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly string[] RequestPrefixes =
    [
        "x-forwarded-", "proxy-", "x-authenticated-", "x-gatehouse-", "x-webauth-", "x-remote-", "remote-", "x-auth-request-",
        "x-original-", "x-rewrite-", "x-proxy-", "x-ssl-", "ssl-client-", "x-client-cert", "x-client-dn", "x-envoy-",
        "x-pomerium-", "x-goog-authenticated-", "x-amzn-oidc-", "x-ms-client-principal", "cf-connecting-", "es-security-",
        "x-elastic-internal-", "x-http-method", "x-user-", "x-consumer-", "x-credential-", "x-authentik-", "x-vouch-", "x-auth-user-",
        "x-auth-email", "impersonate-", "grpc-metadata-", "es-secondary-", "x-ror-",
    ];

    private static readonly byte[][] ResponseNames =
    [
        "connection"u8.ToArray(), "keep-alive"u8.ToArray(), "proxy-connection"u8.ToArray(), "proxy-authenticate"u8.ToArray(),
        "proxy-authentication-info"u8.ToArray(), "te"u8.ToArray(), "trailer"u8.ToArray(), "transfer-encoding"u8.ToArray(),
        "content-length"u8.ToArray(), "upgrade"u8.ToArray(), "alt-svc"u8.ToArray(), "http2-settings"u8.ToArray(),
    ];

    // Response names are looked at by length first: one bit for each length that occurs.
    private static readonly uint ResponseLengths = ResponseNames.Aggregate(0u, static (mask, name) => mask | (1u << name.Length));

    /// <summary>
    /// What to do with a request header of this name. Headers named in <c>Connection</c> must be left out besides, see
    /// <see cref="IsNamedIn"/>. What the gate writes itself (Host, framing, its credential, Upgrade) is left out here too.
    /// </summary>
    public static HeaderDecision ForRequest(ReadOnlySpan<char> name)
    {
        if (RequestBySpan.TryGetValue(name, out HeaderDecision decision))
        {
            return decision;
        }

        if (name.Length == 0 || name.ContainsAnyExcept(HttpTokens.Characters))
        {
            return HeaderDecision.Refuse;
        }

        if (name.Contains('_'))
        {
            return HeaderDecision.Strip;
        }

        foreach (string prefix in RequestPrefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return HeaderDecision.Strip;
            }
        }

        return HeaderDecision.Forward;
    }

    /// <summary>
    /// What to do with a header or trailer of an upstream's answer: hop-by-hop and framing are left out (the gate frames anew),
    /// so are <c>Access-Control-*</c> (CORS is the gate's) and <c>Alt-Svc</c> (it would lead clients around the gate).
    /// </summary>
    public static HeaderDecision ForResponse(ReadOnlySpan<byte> name)
    {
        if (name.Length < 32 && (ResponseLengths & (1u << name.Length)) != 0)
        {
            foreach (byte[] known in ResponseNames)
            {
                if (known.Length == name.Length && Ascii.EqualsIgnoreCase(name, known))
                {
                    return HeaderDecision.Strip;
                }
            }
        }

        return name.Length > 15 && Ascii.EqualsIgnoreCase(name[..15], "access-control-"u8)
            ? HeaderDecision.Strip
            : HeaderDecision.Forward;
    }

    /// <summary>Whether a <c>Connection</c> value names this header.</summary>
    public static bool IsNamedIn(string connection, string name)
    {
        foreach (Range part in connection.AsSpan().Split(','))
        {
            if (connection.AsSpan(part).Trim(" \t").Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a comma list of tokens has this one, ASCII case ignored.</summary>
    internal static bool ListHas(ReadOnlySpan<byte> list, ReadOnlySpan<byte> token)
    {
        foreach (Range part in list.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(HttpTokens.TrimSpace(list[part]), token))
            {
                return true;
            }
        }

        return false;
    }

    private static FrozenDictionary<string, HeaderDecision> MakeRequest()
    {
        Dictionary<string, HeaderDecision> rules = new(StringComparer.OrdinalIgnoreCase);
        string[] pass =
        [
            "Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Type", "Content-Encoding", "Cookie",
            "If-Match", "If-None-Match", "If-Modified-Since", "Origin", "Referer", "User-Agent", "Range", "Pragma", "traceparent",
        ];
        string[] strip =
        [
            "Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "Content-Length",
            "Host", "Expect", "Authorization", "Proxy", "Forwarded", "X-Forwarded", "Forwarded-For", "X-Real-IP", "X-Client-IP",
            "Client-IP", "True-Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP", "X-Host", "X-User", "X-Username",
            "X-Auth-User", "X-Auth-Username", "X-Token-Subject", "X-Method-Override", "X-Method", "Via", "X-Scheme", "Front-End-Https",
            "es-client-authentication", "X-Elastic-Product-Origin", "X-OpenSearch-Product-Origin", "X-Elastic-Project-Id",
            "securitytenant", "sgtenant",
        ];
        foreach (string name in pass)
        {
            rules[name] = HeaderDecision.Forward;
        }

        foreach (string name in strip)
        {
            rules[name] = HeaderDecision.Strip;
        }

        // Kestrel's repair of a message with both lengths: that message was an attempt to smuggle.
        rules["X-Content-Length"] = HeaderDecision.Refuse;
        return rules.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
