using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Protocols.Mesh;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Mesh;

public sealed class MeshHelloTests
{
    private const string Cluster = "00112233445566778899aabbccddeeff";

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _nonce = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public void A_message_is_88_bytes_as_written_down()
    {
        using MeshKeys keys = new(_secret);
        byte[] message = Make(keys, 0x0102030405060708, "node2");
        message.AsSpan(0, 8).ToArray().ShouldBe("GHMESH01"u8.ToArray());
        message.AsSpan(8, 8).ToArray().ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
        message.AsSpan(16, 32).ToArray().ShouldBe(_nonce);
        message.AsSpan(48, 8).ToArray().ShouldBe(new byte[8]);

        // The same with nothing of ours: HKDF and HMAC over what the form says.
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, 32, [], "gatehouse/secret/v1/mesh-hello"u8.ToArray());
        byte[] text = [.. message[..56], .. Encoding.ASCII.GetBytes(Cluster), .. "node2"u8];
        message[56..].ShouldBe(HMACSHA256.HashData(key, text));
    }

    [Fact]
    public void Only_the_holder_of_the_secret_makes_it_and_only_for_one_node_of_one_cluster()
    {
        using MeshKeys keys = new(_secret);
        using MeshKeys others = new(RandomNumberGenerator.GetBytes(32));
        byte[] message = Make(keys, 1000, "node2");
        MeshHello.IsProvenBy(keys, message, Cluster, "node2").ShouldBeTrue();
        MeshHello.IsProvenBy(others, message, Cluster, "node2").ShouldBeFalse();
        MeshHello.IsProvenBy(keys, message, Cluster, "node1").ShouldBeFalse();
        MeshHello.IsProvenBy(keys, message, new string('0', 32), "node2").ShouldBeFalse();
        MeshHello.IsProvenBy(keys, message, Cluster + "n", "ode2").ShouldBeFalse();
        MeshHello.IsProvenBy(keys, message.AsSpan(0, 87), Cluster, "node2").ShouldBeFalse();
    }

    [Fact]
    public void Any_bit_changed_is_refused()
    {
        using MeshKeys keys = new(_secret);
        byte[] message = Make(keys, 1000, "node2");
        for (int bit = 0; bit < message.Length * 8; bit++)
        {
            message[bit / 8] ^= (byte)(1 << (bit % 8));
            MeshHello.IsProvenBy(keys, message, Cluster, "node2").ShouldBeFalse($"bit {bit}");
            message[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        MeshHello.IsProvenBy(keys, message, Cluster, "node2").ShouldBeTrue();
    }

    [Fact]
    public void What_is_written_is_read()
    {
        using MeshKeys keys = new(_secret);
        Gen<(long, string)> cases = from time in Gen.Choose(0, int.MaxValue) from name in ArbMap.Default.GeneratorFor<NonEmptyString>() select ((long)time * 1000, name.Get);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            if (Encoding.UTF8.GetByteCount(one.Item2) > MeshHello.MaxName)
            {
                return;
            }

            byte[] message = Make(keys, one.Item1, one.Item2);
            MeshHello.TryRead(message, out long sent, out ReadOnlySpan<byte> nonce).ShouldBeTrue();
            sent.ShouldBe(one.Item1);
            nonce.ToArray().ShouldBe(_nonce);
            MeshHello.IsProvenBy(keys, message, Cluster, one.Item2).ShouldBeTrue();
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1_000_000, 1_000_000, 0, true)]
    [InlineData(1_120_000, 1_000_000, 120_000, true)]
    [InlineData(1_120_001, 1_000_000, 120_001, false)]
    [InlineData(880_000, 1_000_000, -120_000, true)]
    [InlineData(879_999, 1_000_000, -120_001, false)]
    [InlineData(long.MaxValue, 0, long.MaxValue, false)]
    [InlineData(0, long.MaxValue, -long.MaxValue, false)]
    public void Skew_is_the_senders_clock_minus_ours(long sent, long now, long skew, bool isIn)
    {
        MeshHello.Skew(sent, now).ShouldBe(skew);
        MeshHello.IsInWindow(skew).ShouldBe(isIn);
    }

    [Fact]
    public void A_name_too_long_is_refused_on_both_sides()
    {
        using MeshKeys keys = new(_secret);
        Should.Throw<ArgumentException>(() => Make(keys, 1, new string('n', 256)));
        MeshHello.IsProvenBy(keys, Make(keys, 1, "n"), Cluster, new string('n', 256)).ShouldBeFalse();
    }

    private byte[] Make(MeshKeys keys, long time, string node)
    {
        byte[] message = new byte[MeshHello.Size];
        MeshHello.Write(message, time, _nonce, keys, Cluster, node);
        return message;
    }
}
