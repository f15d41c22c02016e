using System.Collections.Immutable;
using System.Net.Security;

namespace Gatehouse.Engine.Configuration;

/// <summary>The cipher suites that the floor lets in, by their IANA names: ECDHE with AEAD, and those of TLS 1.3.</summary>
internal static class TlsSuites
{
    private static readonly ImmutableArray<TlsCipherSuite> Known =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    /// <summary>All names.</summary>
    public static ImmutableArray<string> Names { get; } = [.. Known.Select(static s => s.ToString())];

    /// <summary>The suite of a name out of <see cref="Names"/>.</summary>
    public static TlsCipherSuite Parse(string name) => Known[Names.IndexOf(name)];

    /// <summary>Whether a suite is TLS 1.3's.</summary>
    public static bool IsOf13(string name) => !name.Contains("_WITH_", StringComparison.Ordinal);

    /// <summary>Whether NIST SP 800-52 revision 2 has it.</summary>
    public static bool IsApproved(string name) => !name.Contains("CHACHA20", StringComparison.Ordinal);
}
