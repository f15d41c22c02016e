using System.Collections.Immutable;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Store;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Hosting.Joining;

/// <summary>Opens the store that a joiner was told of.</summary>
internal delegate ValueTask<IStateStore> JoinStoreOpener(StoreConfiguration settings, string clusterId, Sealer sealer, CancellationToken cancellation);

/// <summary>What a join is given besides its token.</summary>
internal sealed record JoinOptions
{
    /// <summary>The data folder, absolute.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>gatehouse.yaml, absolute.</summary>
    public required string ConfigurationFile { get; init; }

    /// <summary>The node's own key; null: the usual place.</summary>
    public string? KeyPath { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Opens the store.</summary>
    public required JoinStoreOpener OpenStore { get; init; }

    /// <summary>What a first start decides on where there is no file.</summary>
    public required Func<CancellationToken, Task<NodeConfiguration>> FirstStart { get; init; }

    /// <summary>Called with the name of every step; tests end there.</summary>
    public Action<string>? Step { get; init; }
}

/// <summary>What came of a join.</summary>
internal sealed record JoinReport
{
    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>The cluster's id.</summary>
    public required string ClusterId { get; init; }

    /// <summary>Its loopback address.</summary>
    public required string PeerAddress { get; init; }

    /// <summary>Its number.</summary>
    public required int Number { get; init; }

    /// <summary>All nodes.</summary>
    public required ImmutableArray<string> Members { get; init; }

    /// <summary>What should be looked at.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];
}
