using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mesh;
using Gatehouse.Testing.Network;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mesh;

/// <summary>What programs see of the mesh: connections as if there were none.</summary>
public sealed class Carrying_between_nodes
{
    [Fact]
    public async Task Bytes_arrive_both_ways_and_ends_are_handed_on()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[1]);
        using Socket client = await ProgramFake.ConnectAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]));
        await client.SendAsync("hello"u8.ToArray(), SocketFlags.None);
        using Socket server = await program.NextAsync();

        // The program sees the address of the caller's node.
        ((IPEndPoint)server.RemoteEndPoint!).Address.ShouldBe(cluster.Nodes[0].AddressFor(cluster.Nodes[1]));
        Encoding.ASCII.GetString(await ProgramFake.ReadAsync(server, 5)).ShouldBe("hello");

        // Half closed: the other direction goes on.
        client.Shutdown(SocketShutdown.Send);
        (await ProgramFake.ReadToEndAsync(server)).ShouldBe([]);
        await server.SendAsync("late answer"u8.ToArray(), SocketFlags.None);
        Encoding.ASCII.GetString(await ProgramFake.ReadAsync(client, 11)).ShouldBe("late answer");
        server.Shutdown(SocketShutdown.Send);
        (await ProgramFake.ReadToEndAsync(client)).ShouldBe([]);
        await cluster.Nodes[0].Trail.WaitForAsync("AccessGranted Success");
        string record = await cluster.Nodes[1].Trail.WaitForAsync("AccessGranted Success node1");
        record.ShouldContain("forward=ok");
        record.ShouldContain("in=5 out=11");
        cluster.Nodes[1].Trail.Reserved.ShouldBe(0);
    }

    [Fact]
    public async Task Both_directions_and_several_ports_work_at_once()
    {
        int second = FreePorts.Next();
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(3, service => service with { OwnPorts = service.OwnPorts.Add(second) });
        List<ProgramFake> programs = [];
        foreach (MeshNodeFake node in cluster.Nodes)
        {
            for (int i = 0; i < 2; i++)
            {
                programs.Add(ProgramFake.Of(node, i));
                programs[^1].Echo();
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            using Socket client = await ProgramFake.ConnectAsync(cluster.Nodes[(i + 1) % 3].ProgramOf(cluster.Nodes[i % 3], i % 2));
            byte[] sent = RandomNumberGenerator.GetBytes(1000 + (i * 1000));
            Task<byte[]?> reading = ProgramFake.ReadToEndAsync(client);
            await client.SendAsync(sent, SocketFlags.None);
            client.Shutdown(SocketShutdown.Send);
            (await reading).ShouldBe(sent);
        }));
        programs.ForEach(static program => program.Dispose());
    }

    [Fact]
    public async Task A_tunnel_serves_one_connection_after_another()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[1]);
        program.Echo();
        for (int i = 0; i < 30; i++)
        {
            using Socket client = await ProgramFake.ConnectAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]));
            await client.SendAsync(new byte[10], SocketFlags.None);
            client.Shutdown(SocketShutdown.Send);
            (await ProgramFake.ReadToEndAsync(client)).ShouldBe(new byte[10]);
        }

        MeshCounts counts = cluster.Nodes[0].Control.Facts().Counters;
        counts.Carried.ShouldBe(30);
        counts.Reused.ShouldBeGreaterThan(20);
        counts.Sent.ShouldBe(300);
        MeshLaneCounts there = new(cluster.Nodes[1].Name, MeshClusterFake.Service, true, 0, 30, 300, 300);
        await WaitAsync(() => cluster.Nodes[0].Control.Facts().Counters.Lanes is [var lane] && lane == there);
        MeshLaneCounts back = new(cluster.Nodes[0].Name, MeshClusterFake.Service, false, 0, 30, 300, 300);
        await WaitAsync(() => cluster.Nodes[1].Control.Facts().Counters.Lanes is [var lane] && lane == back);
    }

    [Fact]
    public async Task A_gigabyte_arrives_whole()
    {
        const int Chunk = 1 << 20;
        const int Chunks = 1024;
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[1]);
        using Socket client = await ProgramFake.ConnectAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]));
        byte[] block = RandomNumberGenerator.GetBytes(Chunk);
        using var sentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var gotHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < Chunks; i++)
            {
                block[0] = (byte)i;
                sentHash.AppendData(block);
                for (int sent = 0; sent < Chunk;)
                {
                    sent += await client.SendAsync(block.AsMemory(sent), SocketFlags.None);
                }
            }

            client.Shutdown(SocketShutdown.Send);
        });
        using Socket server = await program.NextAsync();
        byte[] buffer = new byte[256 * 1024];
        long got = 0;
        int count;
        while ((count = await server.ReceiveAsync(buffer, SocketFlags.None)) > 0)
        {
            gotHash.AppendData(buffer, 0, count);
            got += count;
        }

        await sending;
        got.ShouldBe((long)Chunk * Chunks);
        gotHash.GetHashAndReset().ShouldBe(sentHash.GetHashAndReset());
    }

    [Fact]
    public async Task A_reader_that_stops_stops_the_writer_and_nobody_else()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[1]);
        using Socket slow = await ProgramFake.ConnectAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]));
        using Socket slowEnd = await program.NextAsync();
        long pushed = 0;
        _ = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    pushed += await slow.SendAsync(new byte[64 * 1024], SocketFlags.None);
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        });
        using Socket other = await ProgramFake.ConnectAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]));
        using Socket otherEnd = await program.NextAsync();
        long before;
        do
        {
            before = Volatile.Read(ref pushed);
            await other.SendAsync(new byte[100], SocketFlags.None);
            (await ProgramFake.ReadAsync(otherEnd, 100)).Length.ShouldBe(100);
            await Task.Delay(200);
        }
        while (before != Volatile.Read(ref pushed));

        // What is on its way is bounded by the sockets' buffers.
        pushed.ShouldBeLessThan(64L << 20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_arrives_as_a_reset(bool isTarget)
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[1]);
        Socket client = await ProgramFake.ConnectAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]));
        await client.SendAsync(new byte[3], SocketFlags.None);
        Socket server = await program.NextAsync();
        await ProgramFake.ReadAsync(server, 3);
        (Socket breaking, Socket other) = isTarget ? (server, client) : (client, server);
        breaking.Close(timeout: 0);
        (await ProgramFake.ReadToEndAsync(other)).ShouldBeNull("a broken connection must not look like one that ended");
        other.Dispose();
        await cluster.Nodes[isTarget ? 1 : 0].Trail.WaitForAsync("forward=local_reset");
    }

    [Fact]
    public async Task A_program_that_does_not_listen_is_told_by_a_reset_and_the_next_try_works()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        (await ProgramFake.TryAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]))).ShouldBeNull();

        await cluster.Nodes[0].Trail.WaitForAsync("reason=no_listener");
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[1]);
        program.Echo();
        using Socket again = await ProgramFake.ConnectAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]));
        await again.SendAsync(new byte[1], SocketFlags.None);
        (await ProgramFake.ReadAsync(again, 1)).ShouldBe(new byte[1]);
    }

    [Fact]
    public async Task A_wrong_owner_of_the_programs_port_gets_no_byte()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2, static service => service with { RunAs = new UpstreamOwnerRule([LocalUsers.Own + 1]) });
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[1]);
        (await ProgramFake.TryAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]), "cookie"u8.ToArray())).ShouldBeNull();
        using Socket server = await program.NextAsync();
        (await ProgramFake.ReadToEndAsync(server)).ShouldBeOneOf(null, []);
        (await cluster.Nodes[1].Trail.WaitForAsync("reason=wrong_owner")).ShouldContain("Alarm Failure");
    }

    [Fact]
    public async Task A_local_user_who_may_not_is_refused()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2, static service => service with { AllowUsers = new UpstreamOwnerRule([LocalUsers.Own + 1]) });
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[1]);
        (await ProgramFake.TryAsync(cluster.Nodes[0].ProgramOf(cluster.Nodes[1]))).ShouldBeNull();
        await cluster.Nodes[0].Trail.WaitForAsync("reason=local_user");
        cluster.Nodes[1].Control.Facts().Counters.Carried.ShouldBe(0);
    }

    [Fact]
    public async Task A_taken_address_is_named_and_taken_when_it_is_free()
    {
        int port = FreePorts.Next();
        Socket everywhere = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        everywhere.Bind(new IPEndPoint(IPAddress.Any, port));
        everywhere.Listen();
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2, service => service with { OwnPorts = [port], BindSetting = "inet_dist_use_interface" });
        MeshAddressFacts taken = cluster.Nodes[0].Control.Facts().Services[0].Addresses[0];
        for (long began = Stopwatch.GetTimestamp(); taken.Problem?.Hint is null && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(5);)
        {
            await Task.Delay(20);
            taken = cluster.Nodes[0].Control.Facts().Services[0].Addresses[0];
        }

        taken.IsListening.ShouldBeFalse();
        taken.Problem!.Id.ShouldBe("GH5711");
        taken.Problem.Text.ShouldContain(Environment.ProcessId.ToString());
        taken.Problem.Hint!.ShouldContain("inet_dist_use_interface");
        everywhere.Dispose();
        for (long began = Stopwatch.GetTimestamp(); !taken.IsListening && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(8);)
        {
            await Task.Delay(50);
            taken = cluster.Nodes[0].Control.Facts().Services[0].Addresses[0];
        }

        taken.IsListening.ShouldBeTrue();
        taken.Problem.ShouldBeNull();
    }

    [Fact]
    public async Task Peers_told_apart_by_port_are_at_loopback()
    {
        int[] ports = [FreePorts.Next(), FreePorts.Next()];
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2, service => service with
        {
            Separation = MeshSeparation.Port,
            OwnPorts = [ports[1]],
            PeerPorts = peer => peer == "node2" ? [ports[1]] : ImmutableArray<int>.Empty,
        });

        // Here both nodes are on one host: node 1 holds the peer's port, so the program of node 2 is found elsewhere.
        await cluster.Nodes[1].Host.ReplaceAsync(cluster.Nodes[1].Settings with
        {
            Services = [cluster.Nodes[1].Services[0] with { OwnPorts = [ports[0]], PeerPorts = static _ => [] }],
        });
        using ProgramFake program = new(new IPEndPoint(IPAddress.Loopback, ports[0]));
        program.Echo();
        using Socket client = await ProgramFake.ConnectAsync(new IPEndPoint(IPAddress.Loopback, ports[1]));
        await client.SendAsync(new byte[7], SocketFlags.None);
        (await ProgramFake.ReadAsync(client, 7)).Length.ShouldBe(7);
    }

    private static async Task WaitAsync(Func<bool> isSo)
    {
        for (int i = 0; i < 500 && !isSo(); i++)
        {
            await Task.Delay(20);
        }

        isSo().ShouldBeTrue();
    }
}
