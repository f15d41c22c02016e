using System.Text;
using Gatehouse.Protocols.Libp2p;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Libp2p;

public class SwarmKeyTests
{
    private const string Digits = "8f3a1c5e7092b4d6f80a1b2c3d4e5f60718293a4b5c6d7e8f9010b2d3f4a5c6e";

    private static readonly byte[] Bytes = Convert.FromHexString(Digits);

    private static readonly SwarmKey Key = SwarmKey.Of(Bytes);

    public static TheoryData<string> Readable => new(
        Digits,
        Digits.ToUpperInvariant(),
        Digits + "\n",
        "/key/swarm/psk/1.0.0/\n/base16/\n" + Digits,
        "/key/swarm/psk/1.0.0/\r\n/base16/\r\n" + Digits + "\r\n",
        "/key/swarm/psk/1.0.0/\n/base16/\n" + Digits + "and more",
        "/key/swarm/psk/1.0.0/\n/base64/\n" + Convert.ToBase64String(Bytes),
        "/key/swarm/psk/1.0.0/\n/base64/\n" + Convert.ToBase64String(Bytes) + "\n",
        "/key/swarm/psk/1.0.0/\n/base64/\n" + Convert.ToBase64String(Bytes).Insert(20, "\n"),
        "/key/swarm/psk/1.0.0/\n/bin/\n" + Encoding.Latin1.GetString(Bytes),
        "/key/swarm/psk/1.0.0/\n/bin/\n" + Encoding.Latin1.GetString(Bytes) + "\n");

    public static TheoryData<string> Unreadable => new(
        "",
        "\n",
        Digits[..63],
        Digits + "0",
        Digits[..63] + "g",
        "/key/swarm/psk/2.0.0/\n/base16/\n" + Digits,
        "/key/swarm/psk/1.0.0/",
        "/key/swarm/psk/1.0.0/\n/base16/",
        "/key/swarm/psk/1.0.0/\n/base32/\n" + Digits,
        "/key/swarm/psk/1.0.0/\n/base16/\n" + Digits[..62],
        "/key/swarm/psk/1.0.0/\n/base64/\n" + Convert.ToBase64String(Bytes)[..40],
        "/key/swarm/psk/1.0.0/\n/base64/\n" + new string('A', 44),
        "/key/swarm/psk/1.0.0/\n/bin/\n" + Encoding.Latin1.GetString(Bytes)[..31]);

    [Theory]
    [MemberData(nameof(Readable))]
    public void Reads_every_form_that_go_reads(string text)
    {
        SwarmKey? key = SwarmKey.Parse(Encoding.Latin1.GetBytes(text), out string why);

        why.ShouldBeEmpty();
        key.ShouldBe(Key);
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void Refuses_anything_else_and_shows_nothing_of_it(string text)
    {
        SwarmKey? key = SwarmKey.Parse(Encoding.Latin1.GetBytes(text), out string why);

        key.ShouldBeNull();
        why.ShouldNotBeEmpty();
        why.ShouldNotContain(Digits[..8]);
    }

    [Fact]
    public void Writes_the_file_that_it_reads()
    {
        byte[] file = Key.ToKeyFile();

        file.Length.ShouldBe(95);
        SwarmKey.Parse(file, out _).ShouldBe(Key);
    }

    [Fact]
    public void Shows_nothing_and_is_gone_after_its_end()
    {
        var key = SwarmKey.Of(Bytes);
        key.ToString().ShouldBe("swarm key");
        key.GetHashCode().ShouldBe(SwarmKey.Generate().GetHashCode());

        key.Dispose();

        key.ShouldNotBe(Key);
        Should.Throw<ObjectDisposedException>(() => key.Cipher(new byte[24]));
        Should.Throw<ObjectDisposedException>(() => PnetHeader.IsProvenBy(key, Proof(SwarmKey.Of(new byte[32]))));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", SwarmKeyWeakness.AllEqual)]
    [InlineData("abababababababababababababababababababababababababababababababab", SwarmKeyWeakness.AllEqual)]
    [InlineData("deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef", SwarmKeyWeakness.Repeating)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", SwarmKeyWeakness.Repeating)]
    [InlineData("7468697369736e6f73656372657462757420616e20656e676c69736820746578", SwarmKeyWeakness.Text)]
    [InlineData("01020304010203040506070105060708010203040102030405060708010203ff", SwarmKeyWeakness.FewBytes)]
    public void Tells_what_somebody_thought_of(string digits, SwarmKeyWeakness weakness) =>
        SwarmKey.Of(Convert.FromHexString(digits)).FindWeakness().ShouldBe(weakness);

    [Fact]
    public void Finds_nothing_wrong_with_random_keys()
    {
        for (int i = 0; i < 100; i++)
        {
            SwarmKey.Generate().FindWeakness().ShouldBeNull();
        }
    }

    [Fact]
    public void A_key_is_proven_by_the_first_44_bytes_and_nothing_less()
    {
        byte[] proof = Proof(Key);

        PnetHeader.IsProvenBy(Key, proof).ShouldBeTrue();
        PnetHeader.IsProvenBy(Key, [.. proof, 1, 2, 3]).ShouldBeTrue();
        PnetHeader.IsProvenBy(SwarmKey.Generate(), proof).ShouldBeFalse();
        for (int cut = 0; cut < proof.Length; cut++)
        {
            PnetHeader.IsProvenBy(Key, proof.AsSpan(0, cut)).ShouldBeFalse();
            byte[] changed = [.. proof];
            changed[cut] ^= 1;
            PnetHeader.IsProvenBy(Key, changed).ShouldBeFalse();
        }
    }

    [Fact]
    public void A_ring_says_which_key_it_was()
    {
        var other = SwarmKey.Generate();
        var ring = new SwarmKeyRing([other, Key, Key]);

        ring.Prove(Proof(Key)).Number.ShouldBe(2);
        ring.Prove(Proof(other)).Number.ShouldBe(1);
        ring.Prove(Proof(SwarmKey.Generate())).IsValid.ShouldBeFalse();
        ring.Prove([.. PnetHeader.Proposal, .. new byte[30]]).IsValid.ShouldBeFalse();
        new SwarmKeyRing([]).Prove(Proof(Key)).IsValid.ShouldBeFalse();
        default(SwarmProof).IsValid.ShouldBeFalse();
    }

    [Fact]
    public void Knows_a_connection_without_a_private_network_by_its_first_bytes()
    {
        PnetHeader.IsClear(PnetHeader.Proposal).ShouldBeTrue();
        PnetHeader.IsClear(PnetHeader.Header[..5]).ShouldBeTrue();
        PnetHeader.IsClear([]).ShouldBeFalse();
        PnetHeader.IsClear("GET / HTTP/1.1\r\n"u8).ShouldBeFalse();
        PnetHeader.Header.Length.ShouldBe(PnetHeader.HeaderSize);
        PnetHeader.Header[0].ShouldBe((byte)(PnetHeader.HeaderSize - 1));
    }

    private static byte[] Proof(SwarmKey key)
    {
        byte[] nonce = new byte[24];
        new Random(3).NextBytes(nonce);
        byte[] header = PnetHeader.Header.ToArray();
        using XSalsa20 cipher = key.Cipher(nonce);
        cipher.Apply(header);
        return [.. nonce, .. header];
    }
}
