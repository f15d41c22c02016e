using System.Text;
using Gatehouse.Protocols.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ipfs;

/// <summary>CIDs: one content, one key, however it is written.</summary>
public sealed class Content_identifiers
{
    [Fact]
    public void Version_0_and_1_are_one_resource_and_one_key_and_two_pins()
    {
        Cid old = Of(Asked.V0);
        Cid made = Of(Asked.V0AsV1);

        (old.Version, made.Version).ShouldBe((0, 1));
        old.Text.ShouldBe(made.Text);
        old.Key.ShouldBe(made.Key);
        old.Key.ShouldStartWith("1220");
        old.Exact.ShouldBe(Asked.V0);
        made.Exact.ShouldBe(Asked.V0AsV1);
        old.ShouldNotBe(made);
    }

    [Fact]
    public void Another_kind_of_the_same_hash_is_another_resource_and_the_same_owners()
    {
        Of(Asked.Raw).Text.ShouldNotBe(Of(Asked.V0AsV1).Text);
        Of(Asked.Raw).Key.ShouldBe(Of(Asked.V0).Key);
    }

    [Fact]
    public void Every_alphabet_gives_the_same()
    {
        byte[] bytes = [1, 0x55, .. Convert.FromHexString(Of(Asked.Raw).Key)];
        string[] texts =
        [
            Asked.Raw, "B" + Asked.Raw[1..].ToUpperInvariant(), "f" + Convert.ToHexStringLower(bytes), "F" + Convert.ToHexString(bytes),
            "z" + Number(bytes, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
            "k" + Number(bytes, "0123456789abcdefghijklmnopqrstuvwxyz"), "K" + Number(bytes, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            "u" + Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_'),
        ];
        texts.Select(static t => Of(t).Text).Distinct().ShouldBe([Asked.Raw]);
        texts.Select(static t => Of(t).Exact).Distinct().ShouldBe([Asked.Raw]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("b")]
    [InlineData("sync")]
    [InlineData("recover")]
    [InlineData("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1")] // a letter short
    [InlineData("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR10")] // 0 is not in base58
    [InlineData("zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n")] // version 0 has no letter before it
    [InlineData("bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykv")] // bits left over
    [InlineData("bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykua")] // a byte more
    [InlineData("Bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")] // the wrong case
    [InlineData("bAFYBEIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU")]
    [InlineData("bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku=")]
    [InlineData(" bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")]
    [InlineData("/ipfs/bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")]
    [InlineData("f01551220")] // no digest
    [InlineData("f0155121e00000000000000000000000000000000000000000000000000000000000000")] // a digest shorter than it says
    [InlineData("f0155120400000000")] // cut to nothing
    [InlineData("f01551221000000000000000000000000000000000000000000000000000000000000000000")] // longer than the hash
    [InlineData("f0255122000000000000000000000000000000000000000000000000000000000000000000")] // version 2
    [InlineData("f00551220000000000000000000000000000000000000000000000000000000000000000000")] // version 0 written as 1 is
    [InlineData("f8100551220000000000000000000000000000000000000000000000000000000000000000000")] // 1 in two bytes
    [InlineData("f01550a2000000000000000000000000000000000000000000000000000000000000000000")] // no hash of this kind
    public void What_is_none_is_refused(string text) => Cid.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(0, true)]
    [InlineData(36, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Content_within_its_own_CID_is_bounded(int length, bool isFine)
    {
        string head = length < 128 ? $"f015500{length:x2}" : $"f015500{length & 0x7f | 0x80:x2}01";
        Cid.TryParse(head + string.Concat(Enumerable.Repeat("ab", length)), out _).ShouldBe(isFine);
    }

    [Fact]
    public void Hostile_texts_are_refused_at_once()
    {
        Cid.TryParse("z" + new string('z', 8000), out _).ShouldBeFalse();
        Cid.TryParse("z" + new string('1', 320), out _).ShouldBeFalse();
        Cid.TryParse("k" + new string('z', 320), out _).ShouldBeFalse();
        Cid.TryParse("b" + new string('a', 329), out _).ShouldBeFalse();
        Cid.TryParse("Qm\u00e9fTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", out _).ShouldBeFalse();
    }

    [Fact]
    public void Random_bytes_never_give_two_texts_of_one_alphabet()
    {
        var random = new Random(7);
        byte[] text = new byte[60];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(text);
            for (int k = 0; k < text.Length; k++)
            {
                text[k] = (byte)"abcdefghijklmnopqrstuvwxyz234567"[text[k] & 31];
            }

            Encoding.ASCII.GetBytes(Asked.Raw).AsSpan(0, random.Next(4, 59)).CopyTo(text);
            if (Cid.TryParse(text.AsSpan(0, random.Next(50, 60)), out Cid? cid))
            {
                Encoding.ASCII.GetString(text).ShouldStartWith(cid.Text);
            }
        }
    }

    private static Cid Of(string text)
    {
        Cid.TryParse(text, out Cid? cid).ShouldBeTrue(text);
        return cid!;
    }

    private static string Number(byte[] bytes, string alphabet)
    {
        var number = new System.Numerics.BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        string text = "";
        for (; !number.IsZero; number /= alphabet.Length)
        {
            text = alphabet[(int)(number % alphabet.Length)] + text;
        }

        return text;
    }
}
