using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Administration.Cluster;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mesh;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>The node's mesh for the admin API.</summary>
internal sealed class MeshAccess : IMeshAccess
{
    /// <inheritdoc/>
    public required string Node { get; init; }

    /// <summary>The running mesh, asked each time: it comes and goes with the second node.</summary>
    public required Func<IMeshControl?> Running { get; init; }

    /// <summary>The settings in force, null before the first ones.</summary>
    public required Func<MeshSettings?> Settings { get; init; }

    /// <summary>What <see cref="MeshModels.Check"/> says of the configuration and the nodes now.</summary>
    public required Func<ImmutableArray<Problem>> Check { get; init; }

    /// <inheritdoc/>
    public IMeshControl? Control => Running();

    /// <inheritdoc/>
    public ImmutableArray<MeshServiceModel> Services => Settings()?.Services ?? [];

    /// <inheritdoc/>
    public ImmutableArray<Problem> Problems => Check();

    /// <inheritdoc/>
    public Task<ImmutableArray<MeshProgram>> ProgramsAsync(IPAddress own, CancellationToken cancellation)
    {
        ImmutableArray<MeshServiceModel> services = Services;
        return Task.Run(
            () => services.SelectMany(s => s.OwnPorts.Where(static p => p > 0).Select(port => Look(s, new IPEndPoint(AddressOf(s, own), port)))).ToImmutableArray(),
            cancellation);
    }

    private static IPAddress AddressOf(MeshServiceModel service, IPAddress own) =>
        service.Target ?? (service.Separation == MeshSeparation.Port ? IPAddress.Loopback : own);

    private static MeshProgram Look(MeshServiceModel service, IPEndPoint target)
    {
        if (!SocketOwners.IsLocal(target.Address))
        {
            return new MeshProgram(service.Name, target, OwnerStatus.NotLocal, null, IsEverywhere: false);
        }

        List<KernelSocket> takers = [.. SocketDiagnostics.Listeners(target.Port).Where(s => Takes(s, target.Address))];
        if (takers.Count == 0)
        {
            return new MeshProgram(service.Name, target, OwnerStatus.NoListener, null, IsEverywhere: false);
        }

        // Where several could take a connection, the one that may not is the one to tell of.
        int refused = takers.FindIndex(s => !service.RunAs.Allows(s.UserId));
        KernelSocket told = takers[Math.Max(0, refused)];
        ProcessFiles.TryFindHolder(told.Inode, out int process, out string? name);
        return new MeshProgram(
            service.Name,
            target,
            refused >= 0 ? OwnerStatus.Refused : OwnerStatus.Allowed,
            new SocketOwner(told.UserId, LocalUsers.NameOf(told.UserId), process, name),
            IsEverywhere: takers.Exists(static s => IsEvery(Plain(s.Address))));
    }

    private static bool Takes(KernelSocket listener, IPAddress target)
    {
        IPAddress own = Plain(listener.Address);
        return own.Equals(target)
            || (own.Equals(IPAddress.Any) && target.AddressFamily == AddressFamily.InterNetwork)
            || (own.Equals(IPAddress.IPv6Any) && (target.AddressFamily == AddressFamily.InterNetworkV6 || !listener.IsV6Only));
    }

    private static bool IsEvery(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
