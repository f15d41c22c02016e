using System.Collections.Immutable;

namespace Gatehouse.Trust.Nodes;

/// <summary>What a node's trust is made from on the first start, and found by on the next.</summary>
public sealed record TrustOptions
{
    /// <summary>The data folder; made with mode 0700 where it is missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The node's name on the first start: 1 to 63 letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, beginning with a letter or digit. Later starts keep the first name.</summary>
    public required string NodeName { get; init; }

    /// <summary>Where the node's own key lies (<c>--key</c>); null: the systemd credential, else <c>~/.config/gatehouse/NODE-ID.key</c>.</summary>
    public string? NodeKeyPath { get; init; }

    /// <summary>Further DNS names and addresses of the server certificate, besides loopback, host name and node name.</summary>
    public ImmutableArray<string> ServerNames { get; init; } = [];

    /// <summary>Files in the data folder that are worthless without the data key: while one is there, no new data key is made.</summary>
    public ImmutableArray<string> Dependents { get; init; } = ["gatehouse.db", "last-generation.sealed"];

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Called with the name of every durable step right before and after it; tests abort there.</summary>
    internal Action<string>? Step { get; init; }
}
