using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Snapshots;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Listeners;

public sealed class AdmissionTests
{
    [Fact]
    public async Task A_denied_source_is_closed_without_a_byte()
    {
        await using TestListener listener = await TestListener.StartAsync(
            static s => s with { ApplicationProtocols = ListenerSettings.HttpProtocols },
            snapshots: new SnapshotHolder(AddressSnapshots.Make("-127.0.0.0/8")));
        (await TlsListenerTests.SendRawAsync(listener, "GET / HTTP/1.1\r\n\r\n"u8.ToArray())).ShouldBeEmpty();
        AuditEvent record = await listener.Trail.NextAsync(AuditAction.ConnectionDenied);
        record.Reason.ShouldBe(RefusalReasons.AddressDenied);
        record.Message.ShouldBe("rule 127.0.0.0/8");
        record.Source!.Address.ShouldBe(IPAddress.Loopback);
        record.Gate.ShouldBe("test");
        listener.Admission.Counters.DeniedByFilter.ShouldBe(1);
        listener.Registry.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_snapshot_that_denies_the_source_cuts_its_connections_within_a_second()
    {
        await using TestListener listener = await TestListener.StartAsync();
        using TestClient client = await listener.ConnectTlsAsync();
        (await client.EchoAsync("hello")).ShouldBe("hello");
        Task<int> read = client.Tls.ReadAsync(new byte[1]).AsTask();
        listener.Snapshots.Swap(AddressSnapshots.Make("+10.0.0.0/8"));
        await Task.WhenAny(read, Task.Delay(TimeSpan.FromSeconds(1)));
        read.IsCompleted.ShouldBeTrue();
        (await listener.Trail.NextAsync(AuditAction.ConnectionCut)).Reason.ShouldBe(CutReasons.AddressDenied);
    }

    [Fact]
    public async Task Half_open_clients_use_up_their_budget_and_give_it_back()
    {
        await using TestListener listener = await TestListener.StartAsync(static s => s with
        {
            Limits = s.Limits with { HandshakesPerSource = 3, HandshakeTimeout = TimeSpan.FromSeconds(2) },
        });
        var idle = new List<TcpClient>();
        for (int i = 0; i < 3; i++)
        {
            idle.Add(await listener.ConnectAsync());
        }

        (await TlsListenerTests.SendRawAsync(listener, [0x16])).ShouldBeEmpty();
        AuditEvent record = await listener.Trail.NextAsync(AuditAction.LimitReached);
        record.Reason.ShouldBe(RefusalReasons.HandshakesPerSource);
        idle.ForEach(static c => c.Dispose());
        for (int i = 0; i < 3; i++)
        {
            await listener.Trail.NextAsync(AuditAction.TlsFailed);
        }

        using TestClient client = await listener.ConnectTlsAsync();
        (await client.EchoAsync("hello")).ShouldBe("hello");
        listener.Admission.Counters.Handshakes.ShouldBe(0);
        listener.Admission.Counters.DeniedByHandshakeBudget.ShouldBe(1);
    }

    [Fact]
    public async Task Connections_of_listener_and_source_are_counted_and_given_back()
    {
        foreach ((int all, int each, string reason) in new[]
        {
            (2, 10, RefusalReasons.Connections), (10, 2, RefusalReasons.ConnectionsPerSource),
        })
        {
            await using TestListener listener = await TestListener.StartAsync(s => s with
            {
                Limits = s.Limits with { Connections = all, ConnectionsPerSource = each },
            });
            using TestClient first = await listener.ConnectTlsAsync();
            using (TestClient second = await listener.ConnectTlsAsync())
            {
                (await TlsListenerTests.SendRawAsync(listener, [0x16])).ShouldBeEmpty();
                (await listener.Trail.NextAsync(AuditAction.LimitReached)).Reason.ShouldBe(reason);
                (await second.EchoAsync("hello")).ShouldBe("hello");
            }

            await Until(() => listener.Admission.Counters.Open == 1);
            using TestClient third = await listener.ConnectTlsAsync();
            (await third.EchoAsync("hello")).ShouldBe("hello");
        }
    }

    [Fact]
    public async Task Failures_of_one_source_are_summed_up()
    {
        await using TestListener listener = await TestListener.StartAsync();
        for (int i = 0; i < 20; i++)
        {
            (await TlsListenerTests.SendRawAsync(listener, [0x00])).ShouldBeEmpty();
        }

        await Until(() => listener.Admission.Counters.HandshakesFailed == 20);
        listener.Trail.Records.Count(static r => r.Action == AuditAction.TlsFailed).ShouldBe(5);
        listener.Admission.Refusals.Flush();
        listener.Trail.Records.Last().Message.ShouldBe("15 more of this kind in 10 seconds");
    }

    [Fact]
    public async Task A_required_proxy_header_gives_the_source_that_is_decided_on()
    {
        await using TestListener listener = await TestListener.StartAsync(
            static s => s with { ProxyProtocolFrom = [System.Net.IPNetwork.Parse("127.0.0.0/8")] },
            snapshots: new SnapshotHolder(AddressSnapshots.Make("+192.0.2.0/24")));
        using TcpClient tcp = await listener.ConnectAsync();
        await tcp.GetStream().WriteAsync("PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\r\n"u8.ToArray());
        using TestClient client = await TestClient.HandshakeAsync(tcp, null, default, false);
        (await client.EchoAsync("hello")).ShouldBe("hello");
        listener.Registry.List().ShouldHaveSingleItem().Source.ShouldBe(IPEndPoint.Parse("192.0.2.7:4711"));

        (await SendAsync(listener, "PROXY TCP4 198.51.100.7 127.0.0.1 4711 443\r\n")).ShouldBeEmpty();
        (await listener.Trail.NextAsync(AuditAction.ConnectionDenied)).Source.ShouldBe(IPEndPoint.Parse("198.51.100.7:4711"));
        (await SendAsync(listener, "PROXY UNKNOWN\r\n")).ShouldBeEmpty();
        (await listener.Trail.NextAsync(AuditAction.ConnectionDenied)).Reason.ShouldBe(RefusalReasons.ProxyHeader);
        listener.Admission.Counters.ProxyHeadersRefused.ShouldBe(1);
    }

    [Fact]
    public async Task A_proxy_header_of_anybody_else_is_not_tls()
    {
        await using TestListener listener = await TestListener.StartAsync(
            static s => s with { ProxyProtocolFrom = [System.Net.IPNetwork.Parse("10.0.0.0/8")] });
        (await SendAsync(listener, "PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\r\n")).ShouldBeEmpty();
        AuditEvent record = await listener.Trail.NextAsync(AuditAction.TlsFailed);
        record.Reason.ShouldBe(RefusalReasons.NotTls);
        record.Source!.Address.ShouldBe(IPAddress.Loopback);
    }

    [Fact]
    public async Task A_clear_text_listener_has_no_handshake_but_all_of_step_2()
    {
        await using TestListener listener = await TestListener.StartAsync(static s => s with { Certificates = null });
        using TcpClient tcp = await listener.ConnectAsync();
        await tcp.GetStream().WriteAsync("hello"u8.ToArray());
        byte[] back = new byte[5];
        await tcp.GetStream().ReadExactlyAsync(back);
        Encoding.ASCII.GetString(back).ShouldBe("hello");
        listener.Snapshots.Swap(AddressSnapshots.Make("-_all"));
        (await listener.Trail.NextAsync(AuditAction.ConnectionCut)).Reason.ShouldBe(CutReasons.AddressDenied);
    }

    private static Task<string> SendAsync(TestListener listener, string text) =>
        TlsListenerTests.SendRawAsync(listener, Encoding.ASCII.GetBytes(text));

    internal static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            await tick.WaitForNextTickAsync(limit.Token);
        }
    }
}
