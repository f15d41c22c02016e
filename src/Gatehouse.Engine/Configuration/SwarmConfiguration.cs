using System.Collections.Immutable;

namespace Gatehouse.Engine.Configuration;

/// <summary>What a gate of protocol <c>libp2p-psk</c> has besides.</summary>
internal sealed record SwarmConfiguration
{
    /// <summary><c>verify</c>: bytes pass as they are once the key is proven; <c>relay</c>: the gate decrypts and encrypts anew.</summary>
    public string Mode { get; init; } = Words.Verify;

    /// <summary>Where the accepted keys are, in order; each has its number in audit records, from 1.</summary>
    public ImmutableArray<SecretReference> Keys { get; init; } = [];

    /// <summary>Mode <c>relay</c>: where the key is that the upstream holds.</summary>
    public SecretReference? UpstreamKey { get; init; }

    /// <summary>A key must be proven by then; until then a caller without one hears nothing more.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections of one source at once.</summary>
    public int ConnectionsPerSource { get; init; } = 256;

    /// <summary>Connections of one source at once that have proven nothing yet.</summary>
    public int UnprovenPerSource { get; init; } = 32;
}
