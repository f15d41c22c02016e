using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Gates.Probes;
using Gatehouse.Engine.Listeners;
using Gatehouse.Problems;
using Gatehouse.Protocols.Ignite;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>What <c>gate test</c> says of an Ignite node, by what it answers to one handshake.</summary>
public sealed class IgniteProbeTests
{
    // ignite.md 1.3: version, no error, idle 0, node id, name `n`, one cluster id, name `c`, timestamp 1, 3.1.0, no features, no extensions.
    private static readonly byte[] Accepted =
    [
        .. "IGNI"u8, 0, 0, 0, 55, 3, 0, 0, 0xC0, 0, 0xD8, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0xA1, (byte)'n', 1,
        0xD8, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0xA1, (byte)'c', 1, 3, 1, 0, 0xC0, 0xC0, 0xC4, 0, 0,
    ];

    [Theory]
    [InlineData(false, true, "node `n` of cluster `c`, Ignite 3.1.0; it lets in clients without a name")]
    [InlineData(true, true, "node `n` of cluster `c`, Ignite 3.1.0")]
    public Task A_node_that_accepts_is_named(bool hasUser, bool passed, string said) => JudgedAsync(Accepted, hasUser, passed, said);

    [Theory]
    [InlineData(IgniteCodes.InvalidCredentials, false, "set `upstream_user`")]
    [InlineData(IgniteCodes.InvalidCredentials, true, "refuses `upstream_user`")]
    [InlineData(196_610, true, "error 196610")]
    public Task A_node_that_refuses_is_quoted_by_its_code(int code, bool hasUser, string said)
    {
        var failure = new ArrayBufferWriter<byte>();
        IgniteHandshakeAnswer.WriteFailure(failure, code, "no");
        return JudgedAsync(failure.WrittenSpan.ToArray(), hasUser, false, said);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "as an Ignite 3 node does")]
    [InlineData("IGNI\u0000\u0000\u0000\u0001\u0003", "as an Ignite 3 node does")]
    [InlineData("IGNI", "closes the connection")]
    [InlineData("", "closes the connection")]
    public Task What_is_no_node_is_told(string answer, string said) => JudgedAsync(System.Text.Encoding.Latin1.GetBytes(answer), false, false, said);

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA2025", Justification = "awaited before the listener goes")]
    private static async Task JudgedAsync(byte[] answer, bool hasUser, bool passed, string said)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        EndPoint endpoint = listener.LocalEndpoint;
        Task<byte[]> asked = AnswerAsync(listener, answer);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint, TestContext.Current.CancellationToken);
        using var connection = new UpstreamConnection(socket);
        GateModel model = Model();
        model = hasUser ? model with { Upstream = model.Upstream with { Identity = new UpstreamIdentity(default, null) { User = "gate", Password = "pw"u8.ToArray() } } } : model;

        GateCheck check = await IgniteProbe.RunAsync(model, connection, TimeProvider.System);

        check.Detail!.ShouldContain(said);
        check.Passed.ShouldBe(passed);
        IgniteFrame.TryRead(await asked, withMagic: true, 4096, out IgniteFrame frame, out _).ShouldBe(IgniteFraming.Complete);
        IgniteHandshake.TryParse((await asked).AsSpan(frame.HeaderLength, frame.Length), out IgniteHandshake? hello, out _).ShouldBeTrue();
        hello!.Identity.ShouldBe(hasUser ? "gate" : null);
    }

    private static async Task<byte[]> AnswerAsync(TcpListener listener, byte[] answer)
    {
        using TcpListener owned = listener;
        using Socket socket = await owned.AcceptSocketAsync(TestContext.Current.CancellationToken);
        byte[] asked = new byte[4096];
        int length = 0;
        while (IgniteFrame.TryRead(asked.AsSpan(0, length), withMagic: true, 4096, out _, out _) == IgniteFraming.NeedMore)
        {
            int read = await socket.ReceiveAsync(asked.AsMemory(length), TestContext.Current.CancellationToken);
            read.ShouldBeGreaterThan(0);
            length += read;
        }

        await socket.SendAsync(answer, TestContext.Current.CancellationToken);
        return asked[..length];
    }

    private static GateModel Model()
    {
        var configuration = new GateConfiguration { Name = "i", Protocol = Words.Ignite, Listen = "127.0.0.1:10843", Upstream = "tcp://127.0.0.1:10800" };
        List<Problem> problems = [];
        return GateModel.TryCreate(configuration, null, new ListenerSettings { Gate = "i" }, UpstreamOwnerRule.Any, [], problems)
            ?? throw new InvalidOperationException(string.Join("; ", problems));
    }
}
