using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>What an output speaks.</summary>
internal enum OutputKind
{
    /// <summary>Syslog, RFC 5424 in frames of RFC 5425.</summary>
    Syslog = 0,

    /// <summary>OTLP logs over HTTP in JSON.</summary>
    Otlp = 1,
}

/// <summary>Where the trail is sent besides its files.</summary>
internal sealed record OutputSettings
{
    /// <summary>The output's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it speaks.</summary>
    public required OutputKind Kind { get; init; }

    /// <summary>The receiver's host.</summary>
    public required string Host { get; init; }

    /// <summary>Its port.</summary>
    public required int Port { get; init; }

    /// <summary>Path of the receiver; OTLP only.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Whether TLS is spoken. Without it only a loopback address is dialled.</summary>
    public bool IsTls { get; init; } = true;

    /// <summary>The authorities that the receiver's certificate must come from.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];

    /// <summary>The name that its certificate must have.</summary>
    public required string ServerName { get; init; }

    /// <summary>Our own certificate for the receiver, or null.</summary>
    public SslCertificates? ClientCertificate { get; init; }

    /// <summary>Headers that say who we are; OTLP only.</summary>
    public ImmutableArray<OutputHeader> Headers { get; init; } = [];

    /// <summary>Changes with everything that is set, also in the files: what has the same is the same output.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>Facility of syslog, 0 to 23.</summary>
    public int Facility { get; init; } = 13;

    /// <summary>Largest syslog message; what is longer is cut and marked.</summary>
    public int MaxMessage { get; init; } = 8000;

    /// <summary>How many bytes of the trail it may be behind.</summary>
    public long Limit { get; init; } = 1024 * 1024 * 1024;

    /// <summary>Whether nothing is forwarded any more once it is behind by more than that.</summary>
    public bool BlocksOnOverflow { get; init; }

    /// <summary>Syslog acknowledges nothing: what was sent in this time before a lost connection is sent again.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>First wait before a new attempt; it doubles up to <see cref="RetryAtMost"/>.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait before a new attempt.</summary>
    public TimeSpan RetryAtMost { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An attempt to connect, and a batch, must be done by then.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>A certificate with its key, and what it is sent with.</summary>
/// <param name="Certificate">With the key.</param>
/// <param name="Chain">The certificates between it and an authority.</param>
internal sealed record SslCertificates(X509Certificate2 Certificate, X509Certificate2Collection Chain);
