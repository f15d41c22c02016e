using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Testing.Ipfs;

/// <summary>How stand-ins are made; the defaults are upstream's, except for the port.</summary>
public sealed record StandInOptions
{
    /// <summary>The port on the loopback address; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Its certificate with key; without one it speaks plain HTTP. Clients may then use HTTP/1.1 only, as with Cluster.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary><c>basic_auth_credentials</c> of the cluster's REST API and its pinning service: users and passwords; null = no authentication at all.</summary>
    public IReadOnlyDictionary<string, string>? Credentials { get; init; }

    /// <summary><c>cors_allowed_origins</c>; none = any, as rs/cors reads it.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = ["*"];

    /// <summary><c>cors_allowed_methods</c>.</summary>
    public IReadOnlyList<string> CorsMethods { get; init; } = ["GET"];

    /// <summary>A redirect names the stand-in's own address. Upstream names the path alone; what stands between may make it absolute.</summary>
    public bool AbsoluteRedirects { get; init; } = true;

    /// <summary>Bytes of progress that /add writes for each 64 KB it has read where channels are streamed; 0 = one object for each file.</summary>
    public int AddOutputPer64K { get; init; }

    /// <summary>Bytes of a body that the log keeps.</summary>
    public int KeptBody { get; init; } = 64 * 1024;

    /// <summary>Content longer than this (bytes) is hashed and forgotten.</summary>
    public int KeptContent { get; init; } = 4 * 1024 * 1024;

    /// <summary>Kubo's <c>API.Authorizations</c>; null = everybody may do everything.</summary>
    public IReadOnlyList<KuboAuthorization>? Authorizations { get; init; }

    /// <summary>Origins that Kubo takes besides its own loopback ones.</summary>
    public IReadOnlyList<string> KuboOrigins { get; init; } = [];

    /// <summary>The clock of pins and expiry.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>One entry of Kubo's <c>API.Authorizations</c>.</summary>
/// <param name="Secret">As configured: <c>basic:user:password</c> or <c>bearer:token</c>.</param>
/// <param name="AllowedPaths">Prefixes of paths, compared as strings.</param>
public sealed record KuboAuthorization(string Secret, params IReadOnlyList<string> AllowedPaths);
