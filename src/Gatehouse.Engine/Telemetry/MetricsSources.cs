using System.Collections.Immutable;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Snapshots;

namespace Gatehouse.Engine.Telemetry;

/// <summary>Where the figures come from; the composition root fills it in. Reading any of it is cheap and blocks on nothing.</summary>
internal sealed record MetricsSources
{
    /// <summary>The product's version.</summary>
    public required string Version { get; init; }

    /// <summary>Steps 1 to 3.</summary>
    public required AdmissionCounters Admission { get; init; }

    /// <summary>Live connections.</summary>
    public required ConnectionRegistry Connections { get; init; }

    /// <summary>The snapshot in force.</summary>
    public required SnapshotHolder Snapshots { get; init; }

    /// <summary>Every gate of the configuration in force.</summary>
    public required Func<ImmutableArray<GateStatus>> Gates { get; init; }

    /// <summary>The trail.</summary>
    public required Func<AuditFigures> Audit { get; init; }

    /// <summary>Alarms.</summary>
    public AlarmCounts Alarms { get; init; } = new();

    /// <summary>Outputs of the trail.</summary>
    public Func<ImmutableArray<AuditOutput>> Outputs { get; init; } = static () => [];

    /// <summary>The mesh; null while the node is alone in its cluster.</summary>
    public Func<MeshFacts?> Mesh { get; init; } = static () => null;

    /// <summary>Whether the store is in use; false while the node decides with the generation it kept.</summary>
    public required Func<bool> IsStoreUp { get; init; }

    /// <summary>When the server certificate in use ends.</summary>
    public required Func<DateTimeOffset> CertificateExpires { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
