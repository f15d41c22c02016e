using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Mesh;
using Gatehouse.Protocols.Mesh;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mesh;

/// <summary>Everybody who gets nowhere at the mesh port, and the record of it.</summary>
public sealed class Refusals_at_the_mesh_port
{
    [Fact]
    public async Task Who_proves_no_secret_sees_nothing_and_the_same_close_whatever_it_sent()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        MeshNodeFake node = cluster.Nodes[0];
        byte[] other = RandomNumberGenerator.GetBytes(32);
        using CallerFake old = await CallerFake.ConnectAsync(node);
        byte[] good = old.Hello(cluster.Secret, cluster.ClusterId, node.Name);
        await old.SendAsync(good);
        await WaitAsync(() => node.Control.Facts().Counters.Tunnels >= 0);
        await Task.Delay(100);
        Dictionary<string, Func<CallerFake, byte[]>> sent = new()
        {
            ["not_mesh"] = static _ => "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(),
            ["not_mesh 88"] = static _ => RandomNumberGenerator.GetBytes(200),
            ["wrong_secret"] = caller => caller.Hello(other, cluster.ClusterId, node.Name),
            ["wrong_secret other cluster"] = caller => caller.Hello(cluster.Secret, new string('0', 32), node.Name),
            ["wrong_secret other node"] = caller => caller.Hello(cluster.Secret, cluster.ClusterId, "node2"),
            ["clock_skew"] = caller => caller.Hello(cluster.Secret, cluster.ClusterId, node.Name, 121_000),
            ["clock_skew behind"] = caller => caller.Hello(cluster.Secret, cluster.ClusterId, node.Name, -121_000),
            ["replay"] = _ => good,
        };
        await Task.WhenAll(sent.Select(async one =>
        {
            using CallerFake caller = await CallerFake.ConnectAsync(node);
            long began = System.Diagnostics.Stopwatch.GetTimestamp();
            await caller.SendAsync(one.Value(caller));
            byte[]? answer = await caller.ReadToEndAsync();
            answer.ShouldBe([], one.Key);
            System.Diagnostics.Stopwatch.GetElapsedTime(began).ShouldBeInRange(TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(5), one.Key);
        }));
        foreach (string reason in new[] { "not_mesh", "wrong_secret", "clock_skew", "replay" })
        {
            node.Control.Facts().Counters.Refused.ShouldContainKey(reason);
        }

        node.Control.Facts().Counters.Refused["replay"].ShouldBe(1);
        node.Control.Facts().Counters.Refused["clock_skew"].ShouldBe(2);
        node.Control.Facts().Counters.Refused["wrong_secret"].ShouldBe(3);
        node.Trail.Lines.ShouldContain(line => line.Contains("AuthenticationFailed Failure", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_scanner_that_sends_nothing_sees_nothing()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(1);
        using CallerFake caller = await CallerFake.ConnectAsync(cluster.Nodes[0]);
        (await caller.ReadToEndAsync()).ShouldBe([]);
        await cluster.Nodes[0].Trail.WaitForAsync("reason=silent");
    }

    public static TheoryData<string, string> Certificates() => new()
    {
        { "none", "certificate_missing" },
        { "other cluster", "certificate_refused" },
        { "other authority", "certificate_refused" },
        { "user", "certificate_refused" },
        { "server", "certificate_refused" },
        { "for servers only", "certificate_refused" },
        { "expired", "certificate_refused" },
        { "self signed", "certificate_refused" },
        { "unknown node", "unknown_node" },
        { "own name", "unknown_node" },
        { "another key", "key_not_pinned" },
    };

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task The_secret_alone_is_not_enough(string kind, string reason)
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        MeshNodeFake node = cluster.Nodes[0];
        using CallerFake caller = await CallerFake.ConnectAsync(node);
        await caller.SendAsync(caller.Hello(cluster.Secret, cluster.ClusterId, node.Name));
        await RefusedAsync(caller, Shown(cluster, kind));
        (await node.Trail.WaitForAsync($"reason={reason}")).ShouldContain("Failure");
    }

    [Fact]
    public async Task A_node_with_all_of_it_gets_in_and_a_revoked_one_does_not_even_when_it_resumes()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        MeshNodeFake node = cluster.Nodes[0];
        SslStreamCertificateContext shown = Shown(cluster, "good")!;
        for (int i = 0; i < 3; i++)
        {
            using CallerFake caller = await CallerFake.ConnectAsync(node);
            await caller.SendAsync(caller.Hello(cluster.Secret, cluster.ClusterId, node.Name));
            await caller.HandshakeAsync(shown);
            (await caller.GreetingAsync()).ShouldBe((node.Id, "9.9.9"));
            (await caller.OpenAsync(MeshClusterFake.Service)).ShouldBe(MeshStatus.NoListener);
        }

        node.State.Change(view => view with { RevokedKeys = new[] { cluster.Nodes[1].KeyHash }.ToFrozenSet() });
        using CallerFake revoked = await CallerFake.ConnectAsync(node);
        await revoked.SendAsync(revoked.Hello(cluster.Secret, cluster.ClusterId, node.Name));
        await RefusedAsync(revoked, shown);
        await node.Trail.WaitForAsync("reason=key_revoked");
    }

    [Fact]
    public async Task An_untrusted_peer_learns_id_and_version_and_nothing_else()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        MeshNodeFake node = cluster.Nodes[0];
        node.State.Change(static view => view with { TrustedPeers = FrozenDictionary<string, ImmutableArray<string>>.Empty });
        using ProgramFake program = ProgramFake.Of(node);
        using CallerFake caller = await EnteredAsync(cluster);
        (await caller.OpenAsync(MeshClusterFake.Service)).ShouldBe(MeshStatus.Untrusted);
        (await caller.OpenAsync("nothing", number: 1)).ShouldBe(MeshStatus.Untrusted);
        await caller.WriteAsync([(byte)MeshFrameType.Netcheck, 0, 0, 0]);
        (await caller.ReadFrameAsync()).ShouldBeNull();
        await node.Trail.WaitForAsync("reason=untrusted_peer");
    }

    [Fact]
    public async Task A_stream_names_a_declared_service_and_port()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        MeshNodeFake node = cluster.Nodes[0];
        node.State.Change(static view => view with
        {
            TrustedPeers = new Dictionary<string, ImmutableArray<string>> { ["other"] = ["node2"], [MeshClusterFake.Service] = ["node2"] }.ToFrozenDictionary(),
        });
        using CallerFake caller = await EnteredAsync(cluster);
        (await caller.OpenAsync("other")).ShouldBe(MeshStatus.UnknownService);
        (await caller.OpenAsync(MeshClusterFake.Service, port: 7, number: 1)).ShouldBe(MeshStatus.UnknownService);
        await node.Trail.WaitForAsync("reason=unknown_service");
    }

    [Fact]
    public async Task A_stream_is_proven_each_time()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        using ProgramFake program = ProgramFake.Of(cluster.Nodes[0]);
        using CallerFake spoiled = await EnteredAsync(cluster);
        (await spoiled.OpenAsync(MeshClusterFake.Service, spoil: static frame => frame[^1] ^= 1)).ShouldBe(MeshStatus.Unproven);
        (await spoiled.ReadFrameAsync()).ShouldBeNull();
        using CallerFake repeated = await EnteredAsync(cluster);
        (await repeated.OpenAsync("elsewhere")).ShouldBe(MeshStatus.Untrusted, "any answer uses up the number");
        (await repeated.OpenAsync(MeshClusterFake.Service, number: 0)).ShouldBeNull("the answer is to another number");
        await cluster.Nodes[0].Trail.WaitForAsync("reason=proof_failed");
    }

    [Fact]
    public async Task Frames_that_are_none_end_the_tunnel()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(2);
        foreach (byte[] bytes in new byte[][] { [99, 0, 0, 0], [(byte)MeshFrameType.Data, 0, 0, 1, 5], [(byte)MeshFrameType.Open, 0xFF, 0xFF, 0xFF], [(byte)MeshFrameType.Greeting, 0, 0, 90] })
        {
            using CallerFake caller = await EnteredAsync(cluster);
            await caller.WriteAsync(bytes);
            (await caller.ReadFrameAsync()).ShouldBeNull();
        }

        await cluster.Nodes[0].Trail.WaitForAsync("reason=protocol_violation");
    }

    [Fact]
    public async Task A_called_node_that_is_another_is_refused_by_the_caller()
    {
        await using MeshClusterFake cluster = await MeshClusterFake.StartAsync(3);
        MeshNodeFake node = cluster.Nodes[0];

        // Node 2's address leads to node 3, which holds secret and certificate: it is not node 2 all the same.
        node.State.Change(view => view with
        {
            Peers = [.. view.Peers.Select(peer => peer.Name == "node2" ? peer with { Addresses = [$"127.0.0.1:{cluster.Nodes[2].MeshPort}"] } : peer)],
        });
        (await ProgramFake.TryAsync(node.ProgramOf(cluster.Nodes[1]))).ShouldBeNull();
        cluster.Nodes[2].Control.Facts().Counters.Carried.ShouldBe(0);
    }

    private static async Task<CallerFake> EnteredAsync(MeshClusterFake cluster)
    {
        CallerFake caller = await CallerFake.ConnectAsync(cluster.Nodes[0]);
        await caller.SendAsync(caller.Hello(cluster.Secret, cluster.ClusterId, cluster.Nodes[0].Name));
        await caller.HandshakeAsync(Shown(cluster, "good"));
        (await caller.GreetingAsync()).ShouldNotBeNull();
        return caller;
    }

    private static SslStreamCertificateContext? Shown(MeshClusterFake cluster, string kind)
    {
        MeshNodeFake caller = cluster.Nodes[1];
        MeshAuthorityFake own = cluster.Authority;
        MeshAuthorityFake foreign = new();
        return kind switch
        {
            "none" => null,
            "good" => MeshAuthorityFake.Shown(caller.Leaf, own.Nodes),
            "other cluster" => Of(own.Leaf(caller.Key, $"spiffe://{new string('0', 32)}/node/node2")),
            "other authority" => MeshAuthorityFake.Shown(foreign.Leaf(caller.Key, caller.Uri), foreign.Nodes),
            "user" => MeshAuthorityFake.Shown(own.Leaf(caller.Key, caller.Uri, own.Users, [MeshAuthorityFake.ForClients]), own.Users),
            "server" => Of(own.Leaf(caller.Key, null, dns: "node2")),
            "for servers only" => Of(own.Leaf(caller.Key, caller.Uri, usages: [MeshAuthorityFake.ForServers])),
            "expired" => Of(own.Leaf(caller.Key, caller.Uri, ends: DateTimeOffset.UtcNow.AddHours(-1))),
            "self signed" => SslStreamCertificateContext.Create(
                new CertificateRequest("CN=node2", caller.Key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1)), [], offline: true),
            "unknown node" => Of(own.Leaf(caller.Key, $"spiffe://{cluster.ClusterId}/node/node9")),
            "own name" => Of(own.Leaf(caller.Key, cluster.Nodes[0].Uri)),
            _ => Of(own.Leaf(ECDsa.Create(ECCurve.NamedCurves.nistP256), caller.Uri)),
        };

        SslStreamCertificateContext Of(X509Certificate2 leaf) => MeshAuthorityFake.Shown(leaf, own.Nodes);
    }

    // TLS 1.3: the caller may believe that it is through before the node has looked.
    private static async Task RefusedAsync(CallerFake caller, SslStreamCertificateContext? shown)
    {
        try
        {
            await caller.HandshakeAsync(shown);
            (await caller.GreetingAsync()).ShouldBeNull();
        }
        catch (AuthenticationException)
        {
            // Told at once.
        }
        catch (IOException)
        {
            // Cut at once.
        }
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
