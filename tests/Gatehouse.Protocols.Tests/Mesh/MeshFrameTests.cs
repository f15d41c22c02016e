using System.Net;
using System.Security.Cryptography;
using Gatehouse.Protocols.Mesh;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Mesh;

public sealed class MeshFrameTests
{
    private readonly MeshKeys _keys = new(RandomNumberGenerator.GetBytes(32));
    private readonly byte[][] _parts = [.. Enumerable.Range(0, 4).Select(static _ => RandomNumberGenerator.GetBytes(32))];
    private readonly byte[] _frame = new byte[MeshFrame.HeaderSize + MeshFrame.MaxControl];

    private MeshProof Proof => new(_keys, _parts[0], _parts[1], _parts[2], _parts[3]);

    [Theory]
    [InlineData(MeshFrameType.None, 0, false)]
    [InlineData((MeshFrameType)12, 0, false)]
    [InlineData(MeshFrameType.Data, 0, false)]
    [InlineData(MeshFrameType.Data, 1, true)]
    [InlineData(MeshFrameType.Data, 65536, true)]
    [InlineData(MeshFrameType.Data, 65537, false)]
    [InlineData(MeshFrameType.End, 0, true)]
    [InlineData(MeshFrameType.End, 1, false)]
    [InlineData(MeshFrameType.Open, 36, true)]
    [InlineData(MeshFrameType.Open, 100, false)]
    [InlineData(MeshFrameType.Opened, 33, true)]
    [InlineData(MeshFrameType.Opened, 32, false)]
    [InlineData(MeshFrameType.Ping, 16, true)]
    [InlineData(MeshFrameType.Seen, 7, false)]
    public void Each_kind_has_its_lengths(MeshFrameType type, int length, bool isFrame)
    {
        byte[] header = [(byte)type, (byte)(length >> 16), (byte)(length >> 8), (byte)length];
        MeshFrame.TryReadHeader(header, out _, out _).ShouldBe(isFrame);
        MeshFrame.TryReadHeader(header.AsSpan(0, 3), out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_greeting_is_read_and_proves_itself_on_its_own_connection_only()
    {
        int length = MeshGreeting.Write(_frame, _parts[3], 123456, "00112233445566ff", "1.2.3+abc", Proof);
        ReadOnlySpan<byte> content = Content(length, MeshFrameType.Greeting);
        MeshGreeting.Nonce(content).ToArray().ShouldBe(_parts[3]);
        MeshGreeting.TryRead(content, Proof, out long clock, out string id, out string version).ShouldBeTrue();
        (clock, id, version).ShouldBe((123456, "00112233445566ff", "1.2.3+abc"));
        for (int i = 0; i < 4; i++)
        {
            byte[][] other = [.. _parts];
            other[i] = RandomNumberGenerator.GetBytes(32);
            MeshGreeting.TryRead(content, new MeshProof(_keys, other[0], other[1], other[2], other[3]), out _, out _, out _).ShouldBeFalse();
        }

        // The two ends are not the same: a proof sent back proves nothing.
        MeshGreeting.TryRead(content, new MeshProof(_keys, _parts[1], _parts[0], _parts[2], _parts[3]), out _, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_version_is_made_printable_and_short()
    {
        int length = MeshGreeting.Write(_frame, _parts[3], 0, "00112233445566ff", "a b\n" + new string('x', 100), Proof);
        MeshGreeting.TryRead(Content(length, MeshFrameType.Greeting), Proof, out _, out _, out string version).ShouldBeTrue();
        version.ShouldBe("ab" + new string('x', 62));
    }

    [Fact]
    public void A_stream_is_proven_for_its_number_service_and_port()
    {
        int length = MeshOpen.Write(_frame, 7, "elasticsearch-transport", 65535, Proof);
        byte[] content = Content(length, MeshFrameType.Open).ToArray();
        MeshOpen.TryRead(content, 7, Proof, out string service, out int port, out bool isProven).ShouldBeTrue();
        (service, port, isProven).ShouldBe(("elasticsearch-transport", 65535, true));
        MeshOpen.TryRead(content, 8, Proof, out _, out _, out isProven).ShouldBeTrue();
        isProven.ShouldBeFalse();
        for (int i = 0; i < content.Length; i++)
        {
            content[i] ^= 1;
            (MeshOpen.TryRead(content, 7, Proof, out _, out _, out isProven) && isProven).ShouldBeFalse($"byte {i}");
            content[i] ^= 1;
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("Erlang")]
    [InlineData("a/b")]
    [InlineData("a b")]
    public void A_service_has_a_plain_name(string name)
    {
        MeshOpen.IsName(name).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => MeshOpen.Write(_frame, 0, name, 0, Proof));
    }

    [Fact]
    public void An_answer_is_to_one_stream()
    {
        foreach (MeshStatus status in Enum.GetValues<MeshStatus>())
        {
            byte[] content = Content(MeshOpened.Write(_frame, 3, status, Proof), MeshFrameType.Opened).ToArray();
            MeshOpened.TryRead(content, 3, Proof, out MeshStatus read).ShouldBeTrue();
            read.ShouldBe(status);
            MeshOpened.TryRead(content, 4, Proof, out _).ShouldBeFalse();
            content[0] = (byte)((content[0] + 1) % 9);
            MeshOpened.TryRead(content, 3, Proof, out _).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("10.1.2.3", 7444)]
    [InlineData("fd00::1", 1)]
    public void An_address_is_read_as_written(string address, int port)
    {
        IPEndPoint seen = new(IPAddress.Parse(address), port);
        MeshSeen.TryRead(Content(MeshSeen.Write(_frame, seen), MeshFrameType.Seen), out IPEndPoint read).ShouldBeTrue();
        read.ShouldBe(seen);
    }

    [Fact]
    public void A_ping_is_read_as_written()
    {
        MeshPingFrame.TryRead(Content(MeshPingFrame.Write(_frame, MeshFrameType.Ping, ulong.MaxValue, -5), MeshFrameType.Ping), out ulong token, out long clock).ShouldBeTrue();
        (token, clock).ShouldBe((ulong.MaxValue, -5L));
    }

    private ReadOnlySpan<byte> Content(int length, MeshFrameType expected)
    {
        MeshFrame.TryReadHeader(_frame, out MeshFrameType type, out int size).ShouldBeTrue();
        type.ShouldBe(expected);
        size.ShouldBe(length - MeshFrame.HeaderSize);
        return _frame.AsSpan(MeshFrame.HeaderSize, size);
    }
}
