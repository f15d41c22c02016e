using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>Plain TCP: identity by network or certificate, one operation, both directions, cut on loss of the right.</summary>
public sealed class TcpGateTests
{
    [Fact]
    public async Task A_source_that_a_rule_names_may_connect_with_the_networks_role()
    {
        await using ScriptedUpstream upstream = Echo();
        await using GateHarness gate = await StartAsync(upstream, "network");
        gate.Change(document => Allow(document, "network.g") with { Networks = [new AddressRule(AddressRuleEffect.Allow, "127.0.0.0/8")] });
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync("hello");
        client.Finish();

        // The client's end passes through, and what the upstream says after it comes back.
        (await client.ReadToEndAsync()).ShouldBe("hello and bye");
        client.Ended.ShouldBe("end");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("Success 127.0.0.0/8 - - 0 forward=ok reason=- in=5 out=13");
        await gate.Trail.WaitForAsync("ConnectionGranted Success 127.0.0.0/8");
    }

    [Fact]
    public async Task A_connection_whose_end_is_not_recorded_needs_no_slot()
    {
        await using ScriptedUpstream upstream = Echo();
        await using GateHarness gate = await StartAsync(upstream, "network");
        gate.Trail.IsFull = true;
        gate.Change(document => Allow(document, "network.g") with
        {
            Networks = [new AddressRule(AddressRuleEffect.Allow, "127.0.0.0/8")],
            AuditPolicy = new AuditPolicyDocument { Rules = new AuditRules { Exclude = ["access_granted"] } },
        });
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync("hello");
        client.Finish();

        (await client.ReadToEndAsync()).ShouldBe("hello and bye");
        gate.Trail.Lines.ShouldHaveSingleItem().ShouldStartWith("ConnectionGranted Success 127.0.0.0/8");
    }

    [Theory]
    [InlineData(true, "AccessDenied Failure")]
    [InlineData(false, "AnonymousAccessDenied Failure")]
    public async Task Without_role_or_rule_nothing_is_dialled(bool rule, string record)
    {
        await using ScriptedUpstream upstream = Echo();
        await using GateHarness gate = await StartAsync(upstream, "network");
        if (rule)
        {
            gate.Change(document => document with { Networks = [new AddressRule(AddressRuleEffect.Allow, "127.0.0.0/8")] });
        }

        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync("hello");

        (await client.ReadToEndAsync()).ShouldBe("");
        await gate.Trail.WaitForAsync(record);
        upstream.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_live_connection_is_cut_when_its_role_goes()
    {
        TaskCompletionSource ended = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReceiveAsync();
            await peer.SendAsync("ready");
            try
            {
                await peer.ReceiveAsync();
            }
            finally
            {
                ended.SetResult();
            }
        });
        await using GateHarness gate = await StartAsync(upstream, "network");
        gate.Change(document => Allow(document, "network.g") with { Networks = [new AddressRule(AddressRuleEffect.Allow, "127.0.0.1")] });
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync("hello");
        await client.ReadUntilAsync("ready");

        gate.Change(document => document with { Roles = document.Roles.Remove("network.g") });

        await client.ReadToEndAsync();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(5));
        (await gate.Trail.WaitForAsync("AccessGranted Failure")).ShouldContain("forward=cut");
    }

    [Fact]
    public async Task A_client_certificate_is_a_principal()
    {
        TestAuthority users = new("Users");
        await using ScriptedUpstream upstream = Echo();
        await using GateHarness gate = await StartAsync(upstream, "pki", tls: true, users);
        gate.Change(document => Allow(document, "pki.anna"));

        (await TalkAsync(gate.Port, users.Issue("anna", TestAuthority.ClientUse))).ShouldBe("hello");
        (await TalkAsync(gate.Port, users.Issue("eve", TestAuthority.ClientUse))).ShouldBe("");
        (await TalkAsync(gate.Port, null)).ShouldBe("");

        await gate.Trail.WaitForAsync("AccessGranted Success anna");
        await gate.Trail.WaitForAsync("AccessDenied Failure eve");
        upstream.Connections.ShouldBe(1);
    }

    private static async Task<string> TalkAsync(int port, X509Certificate2? certificate)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", port);
        await using SslStream tls = new(new NetworkStream(socket));
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "first.test",
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
                ClientCertificates = certificate is null ? null : [certificate],
            });
            await tls.WriteAsync("hello"u8.ToArray());
            byte[] buffer = new byte[5];
            int read = await tls.ReadAtLeastAsync(buffer, 5, throwOnEndOfStream: false);
            return Encoding.ASCII.GetString(buffer, 0, read);
        }
        catch (IOException)
        {
            return "";
        }
    }

    [Theory]
    [InlineData("authority")]
    [InlineData("time")]
    public async Task A_connection_falls_with_its_certificate(string how)
    {
        TestAuthority users = new("Users");
        using X509Certificate2 client = how == "time"
            ? users.Issue("dora", TestAuthority.ClientUse, TimeProvider.System.GetUtcNow().AddSeconds(4))
            : users.Issue("dora", TestAuthority.ClientUse);
        await using ScriptedUpstream upstream = Echo();
        await using GateHarness gate = await StartAsync(upstream, "pki", tls: true, users);
        gate.Change(document => Allow(document, "pki.g"));
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", gate.Port);
        await using SslStream tls = new(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "first.test",
            ClientCertificates = [client],
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        });
        await tls.WriteAsync("hello"u8.ToArray());
        byte[] buffer = new byte[16];
        (await tls.ReadAtLeastAsync(buffer, 5)).ShouldBe(5);

        if (how == "authority")
        {
            // The same authority read anew changes nothing; another of the same name does.
            gate.Certificates.ClientAuthorities = new ClientAuthorities([users.Certificate], []);
            await Task.Delay(TimeSpan.FromMilliseconds(700));
            gate.Trail.Lines.ShouldNotContain(static line => line.Contains("ConnectionCut", StringComparison.Ordinal));
            gate.Certificates.ClientAuthorities = new ClientAuthorities([new TestAuthority("Users").Certificate], []);
        }

        await gate.Trail.WaitForAsync("ConnectionCut");
        await EndAsync(tls, buffer);
    }

    private static async Task EndAsync(SslStream tls, byte[] buffer)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        try
        {
            while (await tls.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset: cut, too.
        }
    }

    private static ScriptedUpstream Echo() => ScriptedUpstream.Start(async peer =>
    {
        await peer.ReceiveAsync();
        await peer.SendAsync(peer.Received);
        while (await peer.ReceiveAsync())
        {
        }

        await peer.SendAsync(" and bye");
    });

    private static Task<GateHarness> StartAsync(ScriptedUpstream upstream, string realm, bool tls = false, TestAuthority? users = null) =>
        GateHarness.StartAsync(
            $"tcp://127.0.0.1:{upstream.Port}",
            c => c with { Protocol = "tcp", Realms = [realm], Tls = tls },
            users is null ? null : new ClientAuthorities([users.Certificate], []));

    private static ClusterDocument Allow(ClusterDocument document, string role) => document with
    {
        Roles = document.Roles.Add(role, new RoleDocument
        {
            Name = role,
            Grants = [new Grant { System = "tcp", Actions = ["connect"], Resources = ImmutableArray.Create("g") }],
        }),
    };
}
