using Gatehouse.Protocols.WebSockets;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.WebSockets;

public class MaskCheckTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void Masked_frames_pass_in_pieces_of_any_size(int length)
    {
        byte[] bytes = [.. Frame(length, isMasked: true), .. Frame(3, isMasked: true), .. Frame(length, isMasked: true)];
        foreach (int size in (int[])[1, 2, 3, 7, 4096, bytes.Length])
        {
            MaskCheck check = default;
            foreach (byte[] piece in bytes.Chunk(size))
            {
                check.Take(piece).ShouldBeTrue();
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(126)]
    [InlineData(65_536)]
    public void A_frame_without_a_mask_is_seen_behind_others(int length)
    {
        MaskCheck check = default;
        check.Take(Frame(length, isMasked: true)).ShouldBeTrue();
        check.Take(Frame(length, isMasked: false)).ShouldBeFalse();
        MaskCheck first = default;
        first.Take(Frame(length, isMasked: false)).ShouldBeFalse();
    }

    // Section 5.2 of RFC 6455.
    private static byte[] Frame(int length, bool isMasked)
    {
        byte mask = (byte)(isMasked ? 0x80 : 0);
        byte[] head = length switch
        {
            < 126 => [0x82, (byte)(mask | length)],
            <= 65_535 => [0x82, (byte)(mask | 126), (byte)(length >> 8), (byte)length],
            _ => [0x82, (byte)(mask | 127), 0, 0, 0, 0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length],
        };
        return [.. head, .. isMasked ? (byte[])[1, 2, 3, 4] : [], .. new byte[length]];
    }
}
