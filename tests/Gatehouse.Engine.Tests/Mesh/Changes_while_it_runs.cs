using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gatehouse.Engine.Mesh;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mesh;

/// <summary>New views, new settings and stops while connections are carried.</summary>
public sealed class Changes_while_it_runs
{
    public static TheoryData<string, int> Losses() => new()
    {
        { "key_revoked", 0 },
        { "key_revoked", 1 },
        { "unknown_node", 0 },
        { "unknown_node", 1 },
        { "key_not_pinned", 1 },
        { "untrusted_peer", 0 },
        { "untrusted_peer", 1 },
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Whoever_loses_the_right_is_cut_within_a_second(string loss, int at)
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using Carried carried = await Carried.StartAsync(cluster);
        MeshNodeFake node = cluster.Nodes[at];
        MeshNodeFake other = cluster.Nodes[1 - at];
        long began = Stopwatch.GetTimestamp();
        node.State.Change(view => loss switch
        {
            "key_revoked" => view with { RevokedKeys = new[] { other.KeyHash }.ToFrozenSet() },
            "unknown_node" => view with { Peers = [] },
            "key_not_pinned" => view with { Peers = [other.AsPeerOf(node) with { KeyHash = new string('0', 64) }] },
            _ => view with { TrustedPeers = FrozenDictionary<string, ImmutableArray<string>>.Empty },
        });
        (await ProgramFake.ReadToEndAsync(carried.Client)).ShouldBeNull();
        (await ProgramFake.ReadToEndAsync(carried.Server)).ShouldBeNull();
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(1));
        await node.Trail.WaitForAsync($"reason={loss}");
    }

    [Fact]
    public async Task Secrets_rotate_without_a_failed_connection_and_what_is_carried_goes_on()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using Carried carried = await Carried.StartAsync(cluster);
        byte[] next = RandomNumberGenerator.GetBytes(32);
        ReadOnlyMemory<byte> old = cluster.Secret;
        using CancellationTokenSource stop = new();
        Task<int> load = LoadAsync(cluster, stop.Token);
        foreach (ImmutableArray<ReadOnlyMemory<byte>> secrets in new ImmutableArray<ReadOnlyMemory<byte>>[] { [old, next], [next, old], [next] })
        {
            foreach (MeshNodeFake node in cluster.Nodes)
            {
                node.State.Change(view => view with { Secrets = secrets });
                await Task.Delay(100);
                await carried.EchoAsync();
            }
        }

        await stop.CancelAsync();
        (await load).ShouldBeGreaterThan(5);
        cluster.Nodes[1].Control.Facts().Counters.Refused.Where(static one => one.Key != "silent").ShouldBeEmpty();
    }

    [Fact]
    public async Task Authorities_rotate_without_a_failed_connection_and_what_is_carried_goes_on_unless_the_view_says_otherwise()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using Carried carried = await Carried.StartAsync(cluster);
        MeshAuthorityFake next = new();
        using CancellationTokenSource stop = new();
        Task<int> load = LoadAsync(cluster, stop.Token);
        await ForEachAsync(view => view with { Authorities = [.. view.Authorities, next.Accepted] });
        foreach (MeshNodeFake node in cluster.Nodes)
        {
            node.State.Change(view => view with { Certificate = MeshAuthorityFake.Shown(next.Leaf(node.Key, node.Uri), next.Nodes) });
            await Task.Delay(100);
        }

        await ForEachAsync(view => view with { Authorities = [next.Accepted] });
        await stop.CancelAsync();
        (await load).ShouldBeGreaterThan(5);
        cluster.Nodes[1].Control.Facts().Counters.Refused.Where(static one => one.Key != "silent").ShouldBeEmpty();
        await carried.EchoAsync();
        cluster.Nodes[0].State.Change(static view => view with { CutsRetired = true });
        (await ProgramFake.ReadToEndAsync(carried.Client)).ShouldBeNull();
        await cluster.Nodes[0].Trail.WaitForAsync("reason=authority_retired");

        async Task ForEachAsync(Func<MeshView, MeshView> change)
        {
            foreach (MeshNodeFake node in cluster.Nodes)
            {
                node.State.Change(change);
                await Task.Delay(100);
                await carried.EchoAsync();
            }
        }
    }

    [Fact]
    public async Task A_stop_lets_what_is_carried_end_and_takes_nothing_new()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2, drain: TimeSpan.FromSeconds(20));
        using Carried carried = await Carried.StartAsync(cluster);
        Task stopping = cluster.Nodes[1].Host.StopAsync();
        await Task.Delay(100);
        await carried.EchoAsync();
        (await ProgramFake.TryAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]))).ShouldBeNull();

        stopping.IsCompleted.ShouldBeFalse();
        carried.Client.Shutdown(SocketShutdown.Send);
        (await ProgramFake.ReadToEndAsync(carried.Server)).ShouldBe([]);
        carried.Server.Shutdown(SocketShutdown.Send);
        (await ProgramFake.ReadToEndAsync(carried.Client)).ShouldBe([]);
        await stopping.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_stop_has_its_limit()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2, drain: TimeSpan.FromMilliseconds(300));
        using Carried carried = await Carried.StartAsync(cluster);
        await cluster.Nodes[1].Host.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
        (await ProgramFake.ReadToEndAsync(carried.Client)).ShouldBeNull();
    }

    [Fact]
    public async Task New_settings_drop_only_what_is_no_longer_declared()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using Carried carried = await Carried.StartAsync(cluster);
        MeshNodeFake node = cluster.Nodes[0];
        await node.Host.ReplaceAsync(node.Settings with { Services = [.. node.Services, node.Services[0] with { Name = "more", OwnPorts = [Gatehouse.Testing.Network.FreePorts.Next()] }] });
        await carried.EchoAsync();
        node.Control.Facts().Services.Length.ShouldBe(2);
        await node.Host.ReplaceAsync(node.Settings with { Services = [] });
        (await ProgramFake.ReadToEndAsync(carried.Client)).ShouldBeNull();
        node.Control.Facts().Services.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_peer_that_comes_back_is_used_again()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using (Carried carried = await Carried.StartAsync(cluster))
        {
            await carried.EchoAsync();
        }

        MeshNodeFake peer = cluster.Nodes[1];
        await peer.Host.DisposeAsync();
        await WaitAsync(() => cluster.Nodes[0].Control.Facts().Peers[0] is { State: MeshPeerState.Down, Failure: not null });
        await peer.StartAsync();
        using Carried again = await Carried.StartAsync(cluster);
        await again.EchoAsync();
        await WaitAsync(() => cluster.Nodes[0].Control.Facts().Peers[0].State == MeshPeerState.Up);
    }

    [Fact]
    public async Task People_see_peers_and_how_they_are_reached()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(3);
        MeshNodeFake node = cluster.Nodes[0];
        await WaitAsync(() => node.Control.Facts().Peers.All(static peer => peer.State == MeshPeerState.Up));
        MeshPeerFacts peer = node.Control.Facts().Peers[0];
        peer.Name.ShouldBe("node2");
        peer.Version.ShouldBe("9.9.9");
        peer.RoundTrip!.Value.ShouldBeLessThan(TimeSpan.FromSeconds(3));
        peer.Skew!.Value.Duration().ShouldBeLessThan(TimeSpan.FromSeconds(1));
        peer.Services.ShouldBe([MeshClusterFake.Service]);
        (await node.Control.PingAsync("nobody", 1, CancellationToken.None)).ShouldBeNull();
        ImmutableArray<MeshPing> pings = (await node.Control.PingAsync("node3", 3, CancellationToken.None))!.Value;
        pings.Length.ShouldBe(3);
        pings.ShouldAllBe(static ping => ping.RoundTrip != null && ping.Failure == null);
        ImmutableArray<MeshReach> reached = await node.Control.NetcheckAsync(CancellationToken.None);
        reached.Length.ShouldBe(2);
        reached.ShouldAllBe(static one => one.Total != null && System.Net.IPAddress.Loopback.Equals(one.SeenAs));
    }

    [Fact]
    public async Task The_address_that_answers_is_found_among_others()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        MeshNodeFake node = cluster.Nodes[0];
        int dead = Gatehouse.Testing.Network.FreePorts.Next();
        node.State.Change(view => view with
        {
            Peers = [cluster.Nodes[1].AsPeerOf(node) with { Addresses = [$"127.0.0.1:{dead}", $"192.0.2.1:{dead}", $"127.0.0.1:{cluster.Nodes[1].MeshPort}"] }],
        });
        using Carried carried = await Carried.StartAsync(cluster);
        await carried.EchoAsync();
        ImmutableArray<MeshPing> pings = (await node.Control.PingAsync("node2", 1, CancellationToken.None))!.Value;
        pings[0].Failure.ShouldBeNull();
    }

    private static async Task<int> LoadAsync(MeshClusterFake cluster, CancellationToken stop)
    {
        // The program of node 1, which node 2 calls.
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[0]);
        program.Echo();
        int count = 0;
        while (!stop.IsCancellationRequested)
        {
            using Socket client = await ProgramFake.ConnectAsync(cluster.Nodes[1].ProgramOf(cluster.Nodes[0]));
            byte[] sent = RandomNumberGenerator.GetBytes(3000);
            await client.SendAsync(sent, SocketFlags.None);
            client.Shutdown(SocketShutdown.Send);
            (await ProgramFake.ReadToEndAsync(client)).ShouldBe(sent, $"connection {count}");
            count++;
            await Task.Delay(10, CancellationToken.None);
        }

        return count;
    }

    private static async Task WaitAsync(Func<bool> isSo)
    {
        for (int i = 0; i < 500 && !isSo(); i++)
        {
            await Task.Delay(20);
        }

        isSo().ShouldBeTrue();
    }

    /// <summary>One connection from node 1 to the program of node 2.</summary>
    private sealed class Carried : IDisposable
    {
        private readonly ProgramFake _program;

        private Carried(ProgramFake program, Socket client, Socket server)
        {
            _program = program;
            Client = client;
            Server = server;
        }

        public Socket Client { get; }

        public Socket Server { get; }

        public static async Task<Carried> StartAsync(MeshClusterFake cluster)
        {
            ProgramFake program = ProgramFake.Of(cluster.Nodes[1]);
            Socket client = await ProgramFake.ConnectAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]));
            Carried carried = new(program, client, await program.NextAsync());
            await carried.EchoAsync();
            return carried;
        }

        public async Task EchoAsync()
        {
            byte[] sent = RandomNumberGenerator.GetBytes(64);
            await Client.SendAsync(sent, SocketFlags.None);
            (await ProgramFake.ReadAsync(Server, 64)).ShouldBe(sent);
            await Server.SendAsync(sent, SocketFlags.None);
            (await ProgramFake.ReadAsync(Client, 64)).ShouldBe(sent);
        }

        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
            _program.Dispose();
        }
    }
}
