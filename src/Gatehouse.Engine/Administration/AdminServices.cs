using Gatehouse.Engine.Administration.Cluster;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Denials;
using Gatehouse.Engine.Issuing;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Names;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Rotation;
using Gatehouse.Engine.Snapshots;

namespace Gatehouse.Engine.Administration;

/// <summary>What the API works with; the composition root fills it in.</summary>
internal sealed record AdminServices
{
    /// <summary>The snapshot in force.</summary>
    public required SnapshotHolder Snapshots { get; init; }

    /// <summary>Changes of the cluster state.</summary>
    public required IStateChanges Changes { get; init; }

    /// <summary>The node.</summary>
    public required INodeControl Node { get; init; }

    /// <summary>Names and passwords.</summary>
    public required IAuthenticator Authenticator { get; init; }

    /// <summary>The trail as written to.</summary>
    public required IAuditTrail Trail { get; init; }

    /// <summary>The trail as read.</summary>
    public required IAuditAccess AuditAccess { get; init; }

    /// <summary>Policies of past generations.</summary>
    public required GenerationSource Generations { get; init; }

    /// <summary>Which there are.</summary>
    public required HistorySource History { get; init; }

    /// <summary>Live connections.</summary>
    public required ConnectionRegistry Connections { get; init; }

    /// <summary>Realms of this node, for trying a login; null: none can be tried.</summary>
    public IRealmDirectory? Realms { get; init; }

    /// <summary>Names in address rules; null: none is resolved here.</summary>
    public NameBook? Names { get; init; }

    /// <summary>Owned MQTT client ids; null: there are none.</summary>
    public IClientIdAccess? ClientIds { get; init; }

    /// <summary>Whose pins are; null: there are none.</summary>
    public IPinOwnerAccess? Pins { get; init; }

    /// <summary>The mesh; null: this node has none.</summary>
    public IMeshAccess? Mesh { get; init; }

    /// <summary>Certificates for others; null: this node makes none.</summary>
    public NodeCertificates? Issuing { get; init; }

    /// <summary>Nodes and their coming and going; null: this node is alone.</summary>
    public NodeMembership? Membership { get; init; }

    /// <summary>Denials without the store; null: there are none.</summary>
    public LocalDenials? Denials { get; init; }

    /// <summary>Rotation of CA, secret and data key; null: nothing can be rotated here.</summary>
    public RotationControl? Rotations { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>
    /// Whether a <c>Host</c> header (with or without port) names the HTTPS listener: its addresses, loopback names, names of
    /// its certificate.
    /// </summary>
    public required Func<string, bool> IsOwnHost { get; init; }

    /// <summary>The daemon's own process id.</summary>
    public int ProcessId { get; init; } = Environment.ProcessId;

    /// <summary>The daemon's effective uid.</summary>
    public uint UserId { get; init; } = LocalUsers.Own;
}
