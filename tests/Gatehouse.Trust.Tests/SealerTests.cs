using System.Security.Cryptography;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests;

public sealed class SealerTests
{
    private static readonly byte[] Key = Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray();

    [Fact]
    public void Opens_only_unchanged_at_its_own_path_and_generation()
    {
        using Sealer sealer = new(Key);
        byte[] content = sealer.Seal("policy/x", 7, "hello"u8);

        sealer.Open("policy/x", 7, content).ShouldBe("hello"u8.ToArray());
        sealer.TryOpen("policy/y", 7, content).ShouldBeNull();
        sealer.TryOpen("policy/x", 8, content).ShouldBeNull();
        sealer.TryOpen("policy/x", 7, content.AsSpan(1)).ShouldBeNull();
        sealer.TryOpen("policy/x", 7, []).ShouldBeNull();
        Should.Throw<ProblemException>(() => sealer.Open("policy/y", 7, content)).Problem.Definition.ShouldBe(TrustProblems.SealBroken);
    }

    [Fact]
    public void Every_single_changed_bit_is_noticed()
    {
        using Sealer sealer = new(Key);
        byte[] content = sealer.Seal("p", 1, "hello"u8);
        for (int bit = 0; bit < content.Length * 8; bit++)
        {
            content[bit / 8] ^= (byte)(1 << (bit % 8));
            sealer.TryOpen("p", 1, content).ShouldBeNull($"bit {bit}");
            content[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Another_key_neither_opens_nor_gives_the_same_names()
    {
        using Sealer one = new(Key);
        using Sealer other = new(RandomNumberGenerator.GetBytes(32));
        other.TryOpen("p", 1, one.Seal("p", 1, "x"u8)).ShouldBeNull();
        one.NameOf("x"u8).ShouldBe(one.NameOf("x"u8));
        one.NameOf("x"u8).ShouldNotBe(other.NameOf("x"u8));
        one.NameOf("x"u8).ShouldNotBe(Convert.ToHexStringLower(SHA256.HashData("x"u8)));
    }

    [Fact]
    public async Task Sealing_from_many_threads_gives_what_opens()
    {
        using Sealer sealer = new(Key);
        await Parallel.ForAsync(0, 2000, (i, _) =>
        {
            sealer.Open("p", i, sealer.Seal("p", i, BitConverter.GetBytes(i))).ShouldBe(BitConverter.GetBytes(i));
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void A_wrapped_secret_opens_for_its_recipient_and_purpose_alone()
    {
        using ECDiffieHellman one = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using ECDiffieHellman other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] wrapped = KeyWrap.Wrap(one.ExportSubjectPublicKeyInfo(), "data-key/c", Key);

        KeyWrap.TryUnwrap(one, "data-key/c", wrapped).ShouldBe(Key);
        KeyWrap.TryUnwrap(one, "ca/c", wrapped).ShouldBeNull();
        KeyWrap.TryUnwrap(other, "data-key/c", wrapped).ShouldBeNull();
        for (int i = 0; i < wrapped.Length; i++)
        {
            wrapped[i] ^= 1;
            KeyWrap.TryUnwrap(one, "data-key/c", wrapped).ShouldBeNull($"byte {i}");
            wrapped[i] ^= 1;
            KeyWrap.TryUnwrap(one, "data-key/c", wrapped.AsSpan(0, i)).ShouldBeNull($"cut at {i}");
        }
    }
}
