using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mesh;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>The mesh of this node, for people.</summary>
internal interface IMeshAccess
{
    /// <summary>This node's name.</summary>
    string Node { get; }

    /// <summary>The running mesh; null while there is none, as on a single node.</summary>
    IMeshControl? Control { get; }

    /// <summary>The services in force.</summary>
    ImmutableArray<MeshServiceModel> Services { get; }

    /// <summary>What only shows with all nodes known, such as programs that share a port.</summary>
    ImmutableArray<Problem> Problems { get; }

    /// <summary>Who listens at the ports of this host's programs. Blocks for milliseconds per port: off the socket threads.</summary>
    Task<ImmutableArray<MeshProgram>> ProgramsAsync(IPAddress own, CancellationToken cancellation);
}

/// <summary>A port of this host's program, and who has it.</summary>
/// <param name="Service">The service.</param>
/// <param name="EndPoint">Where the program should listen.</param>
/// <param name="Status">Whether somebody does who may.</param>
/// <param name="Owner">Who; null where nobody does or it cannot be seen.</param>
/// <param name="IsEverywhere">It listens on every interface, the peers' addresses with it.</param>
internal sealed record MeshProgram(string Service, IPEndPoint EndPoint, OwnerStatus Status, SocketOwner? Owner, bool IsEverywhere);
