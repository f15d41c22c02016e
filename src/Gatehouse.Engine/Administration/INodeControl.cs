using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>What the admin API can ask of the running node besides the cluster state.</summary>
internal interface INodeControl
{
    /// <summary>Facts for <c>status</c>; cheap.</summary>
    NodeFacts Facts { get; }

    /// <summary>Every gate of the configuration in force with its state, in the order written.</summary>
    ImmutableArray<GateView> Gates { get; }

    /// <summary>Adds a gate to gatehouse.yaml and opens it; on a problem neither file nor node is changed.</summary>
    ValueTask<NodeOutcome> AddGateAsync(string actor, GateAddRequest gate, CancellationToken cancellation);

    /// <summary>Lets a gate listen on another address (null: every address, same port), in file and node.</summary>
    ValueTask<NodeOutcome> ExposeGateAsync(string actor, string name, string? listen, CancellationToken cancellation);

    /// <summary>Looks whether listener, certificate and upstream work; null when there is no such gate.</summary>
    ValueTask<GateTestResponse?> TestGateAsync(string name, CancellationToken cancellation);

    /// <summary>Reads gatehouse.yaml again; a bad file changes nothing.</summary>
    ValueTask<NodeOutcome> ReloadAsync(string actor, CancellationToken cancellation);
}

/// <summary>Facts about the running node.</summary>
internal sealed record NodeFacts
{
    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>The product's version.</summary>
    public required string Version { get; init; }

    /// <summary>When the daemon started.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The data folder, absolute.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The configuration file, absolute.</summary>
    public required string ConfigurationFile { get; init; }

    /// <summary><c>sqlite</c> or <c>etcd</c>.</summary>
    public required string Store { get; init; }

    /// <summary>SHA-256 of the CA certificate, hex with colons.</summary>
    public required string CaFingerprint { get; init; }

    /// <summary>File with the CA certificate, absolute.</summary>
    public required string CaFile { get; init; }

    /// <summary>When the server certificate ends.</summary>
    public DateTimeOffset? CertificateExpires { get; init; }

    /// <summary>Set while <c>initial-password</c> still lies in the data folder: its path.</summary>
    public string? InitialPasswordFile { get; init; }

    /// <summary>What the last reload found wrong; empty when the file in force is the one on disk.</summary>
    public ImmutableArray<Problem> ReloadProblems { get; init; } = [];
}

/// <summary>How a change of the node ended.</summary>
/// <param name="Problems">Why nothing was changed; empty when it succeeded.</param>
internal readonly record struct NodeOutcome(ImmutableArray<Problem> Problems)
{
    /// <summary>Whether it is in force.</summary>
    public bool Succeeded => Problems.IsDefaultOrEmpty;

    /// <summary>In force.</summary>
    public static NodeOutcome Done { get; } = new([]);
}
