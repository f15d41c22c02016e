using Gatehouse.Protocols.Ignite;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ignite;

public sealed class IgniteFrameTests
{
    [Theory]
    [InlineData("", true, IgniteFraming.NeedMore, IgniteError.None, 0, 0)]
    [InlineData("49474e", true, IgniteFraming.NeedMore, IgniteError.None, 0, 0)]
    [InlineData("49474e49000000", true, IgniteFraming.NeedMore, IgniteError.None, 0, 0)]
    [InlineData("49474e4900000002", true, IgniteFraming.NeedMore, IgniteError.None, 8, 2)]
    [InlineData("49474e49000000020101", true, IgniteFraming.Complete, IgniteError.None, 8, 2)]
    [InlineData("49474e4900000002010102", true, IgniteFraming.Complete, IgniteError.None, 8, 2)]
    [InlineData("000000020101", false, IgniteFraming.Complete, IgniteError.None, 4, 2)]
    [InlineData("0000000201", false, IgniteFraming.NeedMore, IgniteError.None, 4, 2)]
    [InlineData("00000010", false, IgniteFraming.NeedMore, IgniteError.None, 4, 16)]
    [InlineData("00000011", false, IgniteFraming.Refused, IgniteError.FrameTooLarge, 0, 0)]
    [InlineData("80000000", false, IgniteFraming.Refused, IgniteError.FrameTooLarge, 0, 0)]
    [InlineData("ffffffff", false, IgniteFraming.Refused, IgniteError.FrameTooLarge, 0, 0)]
    [InlineData("00000000", false, IgniteFraming.Refused, IgniteError.Malformed, 0, 0)]
    [InlineData("48", true, IgniteFraming.Refused, IgniteError.WrongMagic, 0, 0)]
    [InlineData("49474e6900000002", true, IgniteFraming.Refused, IgniteError.WrongMagic, 0, 0)]
    [InlineData("1603010200", true, IgniteFraming.Refused, IgniteError.WrongMagic, 0, 0)]
    [InlineData("49474e4900000002", false, IgniteFraming.Refused, IgniteError.FrameTooLarge, 0, 0)]
    public void Heads_are_read(string hex, bool withMagic, IgniteFraming framing, IgniteError error, int header, int length)
    {
        IgniteFrame.TryRead(Convert.FromHexString(hex), withMagic, 16, out IgniteFrame frame, out IgniteError said).ShouldBe(framing);
        (said, frame.HeaderLength, frame.Length, frame.TotalLength).ShouldBe((error, header, length, header + length));
    }

    [Fact]
    public void The_longest_frame_does_not_overflow()
    {
        IgniteFrame.TryRead([0x7f, 0xff, 0xff, 0xff], false, int.MaxValue, out IgniteFrame frame, out _).ShouldBe(IgniteFraming.NeedMore);
        frame.TotalLength.ShouldBe(int.MaxValue + 4L);
        IgniteFrame.TryRead([0, 0, 0, 1], false, -1, out _, out IgniteError error).ShouldBe(IgniteFraming.Refused);
        error.ShouldBe(IgniteError.FrameTooLarge);
    }
}
