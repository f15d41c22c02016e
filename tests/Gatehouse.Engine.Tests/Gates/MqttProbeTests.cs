using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Gates.Probes;
using Gatehouse.Engine.Listeners;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>What <c>gate test</c> says of a broker, by what it answers to one CONNECT.</summary>
public sealed class MqttProbeTests
{
    private static readonly byte[] Expected = [0x10, 12, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 10, 0, 0];

    [Theory]
    [InlineData("\u0020\u0002\u0000\u0000", "none", true, "accepted")]
    [InlineData("\u0020\u0002\u0000\u0005", "none", false, "upstream_user")]
    [InlineData("\u0020\u0002\u0000\u0005", "username", true, "a user's own name")]
    [InlineData("\u0020\u0002\u0000\u0003", "username", false, "CONNACK 3")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "none", false, "no MQTT broker")]
    [InlineData("", "none", false, "closes the connection")]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA2025", Justification = "awaited before the listener goes")]
    public async Task A_broker_is_judged_by_its_CONNACK(string answer, string credentials, bool passed, string said)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        EndPoint endpoint = listener.LocalEndpoint;
        Task<byte[]> asked = AnswerAsync(listener, answer);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint, TestContext.Current.CancellationToken);
        using var connection = new UpstreamConnection(socket);

        GateCheck check = await MqttProbe.RunAsync(Model(new MqttConfiguration { Credentials = credentials }), connection, TimeProvider.System);

        check.Detail!.ShouldContain(said);
        check.Passed.ShouldBe(passed);
        (await asked).ShouldBe(Expected);
    }

    [Fact]
    public void Settings_change_under_live_connections_the_transport_does_not()
    {
        GateModel plain = Model(null);
        plain.SharesListenerWith(Model(new MqttConfiguration { DenyAction = Words.Disconnect, MaxSubscriptions = 1 })).ShouldBeTrue();
        plain.SharesListenerWith(Model(new MqttConfiguration { Transport = Words.MqttOverWebSocket })).ShouldBeFalse();
    }

    private static async Task<byte[]> AnswerAsync(TcpListener listener, string answer)
    {
        using TcpListener owned = listener;
        using Socket socket = await owned.AcceptSocketAsync(TestContext.Current.CancellationToken);
        byte[] asked = new byte[Expected.Length];
        for (int at = 0; at < asked.Length;)
        {
            int read = await socket.ReceiveAsync(asked.AsMemory(at), TestContext.Current.CancellationToken);
            read.ShouldBeGreaterThan(0);
            at += read;
        }

        await socket.SendAsync(Encoding.Latin1.GetBytes(answer), TestContext.Current.CancellationToken);
        return asked;
    }

    private static GateModel Model(MqttConfiguration? mqtt)
    {
        var configuration = new GateConfiguration { Name = "m", Protocol = Words.Mqtt, Listen = "127.0.0.1:8883", Upstream = "tcp://127.0.0.1:1883", Mqtt = mqtt };
        List<Problem> problems = [];
        return GateModel.TryCreate(configuration, null, new ListenerSettings { Gate = "m" }, UpstreamOwnerRule.Any, [], problems)
            ?? throw new InvalidOperationException(string.Join("; ", problems));
    }
}
