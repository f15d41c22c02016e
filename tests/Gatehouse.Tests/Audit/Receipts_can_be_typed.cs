using Gatehouse.Audit;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Audit;

public sealed class Receipts_can_be_typed
{
    [Fact]
    public void A_code_reads_back_in_any_dress()
    {
        for (int i = 0; i < 200; i++)
        {
            var code = ReceiptCode.New(ReceiptCode.NodeBits("n" + i), i * 7919, i * 104_729);
            string text = code.ToString();
            text.Length.ShouldBe(27);
            ReceiptCode.TryParse(text, out ReceiptCode read).ShouldBeTrue(text);
            read.ShouldBe(code);
            ReceiptCode.TryParse(text[3..].Replace("-", "", StringComparison.Ordinal).ToLowerInvariant().Replace('0', 'o').Replace('1', 'l'), out read).ShouldBeTrue();
            read.ShouldBe(code);
        }
    }

    [Fact]
    public void A_mistyped_character_is_noticed()
    {
        const string alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        string text = ReceiptCode.New(1, 2, 3).ToString();
        for (int i = 3; i < text.Length; i++)
        {
            if (text[i] != '-')
            {
                int digit = alphabet.IndexOf(text[i], StringComparison.Ordinal);
                char other = alphabet[digit == 30 ? 1 : (digit + 1) % 31];
                ReceiptCode.TryParse(text[..i] + other + text[(i + 1)..], out _).ShouldBeFalse();
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("GH-")]
    [InlineData("GH-7K3M-9Q2X")]
    [InlineData("GH-UUUU-UUUU-UUUU-UUUU-UUUU")]
    public void Anything_else_is_refused(string text) => ReceiptCode.TryParse(text, out _).ShouldBeFalse();
}
