using System.Security.Cryptography;
using Gatehouse.Protocols.Libp2p;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Libp2p;

public class XSalsa20Tests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0x00, 32).Select(static i => (byte)i)];
    private static readonly byte[] Nonce = [.. Enumerable.Range(0x40, 24).Select(static i => (byte)i)];

    [Fact]
    public void Derives_the_key_of_the_inner_cipher()
    {
        byte[] subKey = new byte[32];

        XSalsa20.DeriveSubKey(Key, Nonce.AsSpan(0, 16), subKey);

        Convert.ToHexStringLower(subKey).ShouldBe("deafbadff2314f2c4aa59a89d8405450d9f063188fcb1fd3b82ade68baa82089");
    }

    [Fact]
    public void Makes_the_known_key_stream()
    {
        byte[] stream = Stream(Key, Nonce, 1000);

        Convert.ToHexStringLower(stream.AsSpan(0, 64)).ShouldBe(
            "f97f0c229fd953ef0080e833bd9cf90d25ad7f4489ddd636717f1a6bbc7daf994a1755793a51bb2ac659716168895af1ce3746546d435fc8e4d522caf9d98354");
        Convert.ToHexStringLower(stream.AsSpan(64, 16)).ShouldBe("d4346911eeb7c604594c1c7931f25a2f");
        Convert.ToHexStringLower(SHA256.HashData(stream)).ShouldBe("54465ce61c511aef1210cbcdec33e2161265dc705b5b02298999a51585cd6f5b");
    }

    [Fact]
    public void Makes_the_known_key_stream_of_zeros() =>
        Convert.ToHexStringLower(Stream(new byte[32], new byte[24], 32)).ShouldBe("ba6e26df4b2ea2cf64d2d3636623b5f45c8636d9998d194d605ac3ba3cff1512");

    [Fact]
    public void Encrypts_the_header_as_others_do()
    {
        byte[] bytes = PnetHeader.Proposal.ToArray();
        using var cipher = new XSalsa20(Key, Nonce);

        cipher.Apply(bytes);

        Convert.ToHexStringLower(bytes).ShouldBe("ea506157f3ad3a9c74f28d52d0b3c82315834f4e" + "8ef2b859180c7f61");
    }

    [Fact]
    public void Keeps_its_place_over_reads_of_any_size()
    {
        byte[] whole = Stream(Key, Nonce, 5000);
        var random = new Random(7);
        for (int run = 0; run < 50; run++)
        {
            byte[] pieces = new byte[whole.Length];
            using var cipher = new XSalsa20(Key, Nonce);
            for (int at = 0; at < pieces.Length;)
            {
                int count = Math.Min(random.Next(0, run < 25 ? 130 : 1100), pieces.Length - at);
                cipher.Apply(pieces.AsSpan(at, count));
                at += count;
            }

            pieces.ShouldBe(whole);
        }
    }

    [Fact]
    public void Many_blocks_at_once_are_the_same_as_one_by_one()
    {
        byte[] whole = Stream(Key, Nonce, 4096);
        byte[] blocks = new byte[whole.Length];
        using var cipher = new XSalsa20(Key, Nonce);

        for (int at = 0; at < blocks.Length; at += 64)
        {
            cipher.Apply(blocks.AsSpan(at, 64));
        }

        blocks.ShouldBe(whole);
    }

    [Theory]
    [InlineData(0xFFFFFFFDul)]
    [InlineData(0xFFFFFFFFFFFFFFFDul)]
    public void Vectors_count_over_the_end_of_a_word(ulong counter)
    {
        uint[] state = [.. Enumerable.Range(1, 16).Select(static i => (uint)i * 0x01234567)];
        byte[] four = new byte[256];
        byte[] again = new byte[256];
        if (SalsaVectors.Blocks == 0)
        {
            return;
        }

        SalsaVectors.XorFour(state, counter, four);
        for (int block = 0; block < 4; block++)
        {
            byte[] one = new byte[256];
            SalsaVectors.XorFour(state, counter + (ulong)block, one);
            one.AsSpan(0, 64).CopyTo(again.AsSpan(64 * block));
        }

        again.ShouldBe(four);
        if (SalsaVectors.Blocks == 8)
        {
            byte[] eight = new byte[512];
            SalsaVectors.XorEight(state, counter, eight);
            eight.AsSpan(0, 256).ToArray().ShouldBe(four);
        }
    }

    [Fact]
    public void Allocates_nothing_while_it_runs()
    {
        byte[] bytes = new byte[4000];
        using var cipher = new XSalsa20(Key, Nonce);
        cipher.Apply(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 100; i++)
        {
            cipher.Apply(bytes);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Takes_keys_and_nonces_of_their_size_only()
    {
        Should.Throw<ArgumentException>(static () => new XSalsa20(new byte[31], new byte[24]));
        Should.Throw<ArgumentException>(static () => new XSalsa20(new byte[32], new byte[25]));
    }

    private static byte[] Stream(byte[] key, byte[] nonce, int count)
    {
        byte[] bytes = new byte[count];
        using var cipher = new XSalsa20(key, nonce);
        cipher.Apply(bytes);
        return bytes;
    }
}
