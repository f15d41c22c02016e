using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Probes.Erlang;
using Gatehouse.Testing.Network;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>The two ports between Erlang nodes: the bytes, and real nodes.</summary>
public sealed class Erlang_ports
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_first_message_is_our_name_as_a_hidden_node(bool isTls)
    {
        byte[] message = DistributionHandshake.Name("gh@127.0.0.1", isTls);

        DistributionHandshake.TryFrame(message, isTls, out ReadOnlySpan<byte> body, out ReadOnlySpan<byte> rest).ShouldBeTrue();
        rest.Length.ShouldBe(0);
        body[0].ShouldBe((byte)'N');
        ulong flags = BinaryPrimitives.ReadUInt64BigEndian(body[1..]);
        (flags & 1).ShouldBe(0UL); // not published
        (flags & 0x100_0000).ShouldNotBe(0UL); // the handshake of OTP 23 and later
        Encoding.ASCII.GetString(body[15..]).ShouldBe("gh@127.0.0.1");
        BinaryPrimitives.ReadUInt16BigEndian(body[13..]).ShouldBe((ushort)12);
    }

    [Fact]
    public void The_digest_is_of_the_cookie_and_the_challenge_in_decimal_digits()
    {
        // md5("cookie" ++ "1234"), by `printf cookie1234 | md5sum`
        byte[] reply = DistributionHandshake.Reply("cookie", 1234, 5, isTls: false);

        Convert.ToHexStringLower(reply).ShouldBe("0015" + "72" + "00000005" + "42fd37ad4d6dec17e871a9cd02a9cc22");
    }

    [Fact]
    public void What_a_node_says_is_read()
    {
        byte[] status = DistributionHandshake.Frame("sok"u8, isTls: false);
        byte[] challenge = DistributionHandshake.Frame([(byte)'N', .. new byte[8], 0, 0, 1, 2, .. new byte[4], 0, 5, .. "a@b.c"u8], isTls: false);

        DistributionAnswer answer = DistributionHandshake.Read([.. status, .. challenge], isTls: false);

        (answer.Status, answer.Node, answer.Challenge, answer.IsNode, answer.IsChallenged).ShouldBe(("ok", "a@b.c", 258u, true, true));
        DistributionHandshake.IsWhole(status, isTls: false).ShouldBeFalse();
        DistributionHandshake.IsWhole((byte[])[.. status, .. challenge], isTls: false).ShouldBeTrue();
        DistributionHandshake.Read(DistributionHandshake.Frame("snot_allowed"u8, isTls: false), isTls: false).ShouldBe(new DistributionAnswer("not_allowed", null, 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("ffff73")]
    [InlineData("0003736f6b")]
    [InlineData("0003736f6b00014e")]
    [InlineData("0003736f6b00144e00000000000000000000000100000000ffff61")]
    [InlineData("0000")]
    [InlineData("485454502f312e3120343030")]
    public void Bytes_that_are_no_challenge_are_none(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);

        DistributionHandshake.Read(bytes, isTls: false).IsChallenged.ShouldBeFalse();
        DistributionHandshake.Read(bytes, isTls: true).IsNode.ShouldBeFalse();
        RpcChallenge.Read(bytes).IsRpc.ShouldBeFalse();
    }

    [Fact]
    public async Task A_real_node_tells_its_name_and_notices_nothing()
    {
        await using ErlangNode node = await ErlangNode.StartAsync("emqxsecretcookie");

        DistributionAnswer? answer = await NodeQuestions.WhoAsync(new Prober([IPAddress.Loopback]), node.EndPoint, isTls: false, Cancellation);

        answer.ShouldNotBeNull().Node.ShouldBe(node.Name);
        answer.Value.Status.ShouldBe("ok");
        await node.TellAsync("done");
        node.Said.ShouldBe(["done"]);
    }

    [Fact]
    public async Task A_real_node_with_a_published_cookie_takes_it_and_is_left_at_once()
    {
        await using ErlangNode node = await ErlangNode.StartAsync("emqxsecretcookie");

        (await NodeQuestions.TakesAsync(new Prober([IPAddress.Loopback]), node.EndPoint, isTls: false, "emqxsecretcookie", Cancellation)).ShouldBe(true);

        await node.WaitForAsync("nodedown");
        node.Said.Where(static line => line is "nodeup" or "nodedown").ShouldBe(["nodeup", "nodedown"]);
    }

    [Fact]
    public async Task A_real_node_with_another_cookie_takes_none_of_the_published_ones()
    {
        await using ErlangNode node = await ErlangNode.StartAsync("qV8sZ2mXw7RkT4nB");
        var prober = new Prober([IPAddress.Loopback]);

        foreach (string cookie in NodeQuestions.PublishedCookies)
        {
            (await NodeQuestions.TakesAsync(prober, node.EndPoint, isTls: false, cookie, Cancellation)).ShouldBe(false);
        }

        await node.TellAsync("done");
        node.Said.ShouldNotContain("nodeup");
    }

    [Fact]
    public async Task A_real_node_over_TLS_is_asked_in_its_own_lengths()
    {
        await using ErlangNode node = await ErlangNode.StartAsync("secret", isTls: true);
        var prober = new Prober([IPAddress.Loopback]);

        (await NodeQuestions.WhoAsync(prober, node.EndPoint, isTls: true, Cancellation)).ShouldNotBeNull().Node.ShouldBe(node.Name);
        (await NodeQuestions.TakesAsync(prober, node.EndPoint, isTls: true, "secret", Cancellation)).ShouldBe(true);
        await node.WaitForAsync("nodedown");
    }

    [Fact]
    public void A_question_of_gen_rpc_has_the_documented_bytes()
    {
        byte[] bytes = RpcChallenge.Question([1, 2, 3, 4, 5, 6, 7, 8], "e@h");

        Convert.ToHexStringLower(bytes).ShouldBe(
            "0000002e" + "83680264" + "0016" + Convert.ToHexStringLower("gen_rpc_authenticate_c"u8) + "6d00000008" + "0102030405060708" + "0003" + Convert.ToHexStringLower("e@h"u8));
    }

    [Fact]
    public async Task Gen_rpc_proves_a_cookie_and_not_another()
    {
        await using TestPort rpc = TestPort.Start(RpcOf("emqx50elixir"));

        (RpcAnswer Answer, byte[] Challenge)? said = await NodeQuestions.ChallengeAsync(new Prober([IPAddress.Loopback]), rpc.EndPoint, isTls: false, "emqx@127.0.0.1", Cancellation);

        said.ShouldNotBeNull();
        said.Value.Answer.IsRpc.ShouldBeTrue();
        said.Value.Answer.Proves("emqx50elixir", said.Value.Challenge).ShouldBeTrue();
        said.Value.Answer.Proves("emqxsecretcookie", said.Value.Challenge).ShouldBeFalse();
    }

    [Fact]
    public void A_refusal_of_gen_rpc_is_gen_rpc_and_proves_nothing()
    {
        byte[] term = [0x83, 0x68, 2, 0x64, 0, 5, .. "error"u8, 0x68, 2, 0x64, 0, 6, .. "badrpc"u8, 0x64, 0, 7, .. "badnode"u8];

        RpcAnswer answer = RpcChallenge.Read([0, 0, 0, (byte)term.Length, .. term]);

        (answer.IsRpc, answer.Response, answer.Proves("x", new byte[8])).ShouldBe((true, null, false));
    }

    /// <summary>gen_rpc as far as the challenge goes.</summary>
    internal static Serve RpcOf(string cookie) => async (connection, cancellation) =>
    {
        byte[] said = await TestPort.ReadAsync(connection, static bytes => bytes.Length >= 4 && bytes.Length >= 4 + BinaryPrimitives.ReadInt32BigEndian(bytes), cancellation);
        byte[] challenge = said[(4 + 6 + 22 + 5)..(4 + 6 + 22 + 13)];
        byte[] term = [0x83, 0x68, 3, 0x64, 0, 23, .. "gen_rpc_authenticate_cr"u8, 0x6d, 0, 0, 0, 32, .. RpcChallenge.Response(cookie, challenge), 0x6d, 0, 0, 0, 8, .. new byte[8]];
        await connection.WriteAsync(new byte[] { 0, 0, 0, (byte)term.Length }.Concat(term).ToArray(), cancellation);
    };

    /// <summary>The name that makes EMQX's rule give a port to the distribution.</summary>
    internal static string NodeName(int port) => string.Create(CultureInfo.InvariantCulture, $"emqx{port - 4370}@127.0.0.1");

    internal static int FreePort() => FreePorts.Next();
}
