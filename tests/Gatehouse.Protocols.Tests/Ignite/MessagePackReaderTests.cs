using Gatehouse.Protocols.Ignite.Wire;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Ignite.Pack;

namespace Gatehouse.Protocols.Tests.Ignite;

public sealed class MessagePackReaderTests
{
    public static TheoryData<long> Longs =>
    [
        0, 1, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, int.MaxValue, int.MaxValue + 1L, uint.MaxValue, uint.MaxValue + 1L, long.MaxValue,
        -1, -32, -33, -128, -129, -32_768, -32_769, int.MinValue, int.MinValue - 1L, long.MinValue,
    ];

    [Theory]
    [MemberData(nameof(Longs))]
    public void Numbers_are_read_and_written_in_the_smallest_form(long value)
    {
        byte[] bytes = N(value);
        var reader = new MessagePackReader(bytes);
        reader.TryLong(out long read).ShouldBeTrue();
        (read, reader.IsAtEnd).ShouldBe((value, true));
        reader = new MessagePackReader(bytes);
        reader.TryInt(out int number).ShouldBe(value is >= int.MinValue and <= int.MaxValue);
        (number, reader.Position).ShouldBe(value is >= int.MinValue and <= int.MaxValue ? ((int)value, bytes.Length) : (0, 0));
        var room = new byte[MessagePackWriter.MostOfNumber];
        var writer = new MessagePackWriter(room);
        writer.Number(value);
        room[..writer.Position].ShouldBe(bytes);
        for (int cut = 0; cut < bytes.Length; cut++)
        {
            new MessagePackReader(bytes.AsSpan(0, cut)).TryLong(out _).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("d10100", 256L)] // int16 is as short as uint16 here
    [InlineData("d200010000", 65_536L)]
    [InlineData("d30000000100000000", 4_294_967_296L)]
    [InlineData("cc7f", null)]
    [InlineData("d07f", null)]
    [InlineData("d0e0", null)]
    [InlineData("cd00ff", null)]
    [InlineData("d100ff", null)]
    [InlineData("d1ff80", null)]
    [InlineData("ce0000ffff", null)]
    [InlineData("d200000001", null)]
    [InlineData("d2ffff8000", null)]
    [InlineData("cf00000000ffffffff", null)]
    [InlineData("d3ffffffff80000000", null)]
    [InlineData("cfffffffffffffffff", null)]
    [InlineData("c0", null)]
    [InlineData("c3", null)]
    [InlineData("a131", null)]
    [InlineData("cb3ff0000000000000", null)]
    [InlineData("c1", null)]
    public void Longer_forms_and_other_kinds_are_no_numbers(string hex, long? expected)
    {
        var reader = new MessagePackReader(Convert.FromHexString(hex));
        reader.TryLong(out long value).ShouldBe(expected is not null);
        (value, reader.Position).ShouldBe(expected is null ? (0, 0) : (expected.Value, hex.Length / 2));
    }

    [Theory]
    [InlineData("05", 5)]
    [InlineData("d200000005", 5)]
    [InlineData("ce00000005", null)]
    [InlineData("d2ffffffff", null)]
    [InlineData("ff", null)]
    [InlineData("ceffffffff", null)]
    public void Counts_may_be_in_the_room_that_was_kept_for_them(string hex, int? expected)
    {
        var reader = new MessagePackReader(Convert.FromHexString(hex));
        reader.TryCount(out int value).ShouldBe(expected is not null);
        value.ShouldBe(expected ?? 0);
    }

    [Theory]
    [InlineData(0, "a0", true)]
    [InlineData(9, "a9", true)]
    [InlineData(9, "d909", false)] // 30 bytes at most by its characters: no client reserves a longer head
    [InlineData(10, "aa", true)]
    [InlineData(10, "d90a", true)]
    [InlineData(31, "bf", true)]
    [InlineData(32, "d920", true)]
    [InlineData(84, "da0054", true)]
    [InlineData(83, "da0053", false)]
    [InlineData(255, "d9ff", true)]
    [InlineData(300, "da012c", true)]
    [InlineData(300, "db0000012c", false)]
    [InlineData(21_845, "db00005555", true)]
    public void Texts_have_the_form_of_their_bytes_or_of_the_most_that_they_could_have(int length, string head, bool isGood)
    {
        byte[] bytes = [.. Convert.FromHexString(head), .. Enumerable.Repeat((byte)'x', length)];
        var reader = new MessagePackReader(bytes);
        reader.TryString(int.MaxValue, out string text).ShouldBe(isGood);
        (text.Length, reader.IsAtEnd).ShouldBe(isGood ? (length, true) : (0, false));
        new MessagePackReader(bytes.AsSpan(0, bytes.Length - 1)).TryText(out _).ShouldBeFalse("cut");
    }

    [Theory]
    [InlineData("a1ff")]
    [InlineData("a2c080")]
    [InlineData("a3eda080")]
    [InlineData("a2e282")]
    public void Texts_are_utf8(string hex) => new MessagePackReader(Convert.FromHexString(hex)).TryText(out _).ShouldBeFalse();

    [Theory]
    [InlineData("dbffffffff41", false)]
    [InlineData("c6ffffffff41", false)]
    [InlineData("c9ffffffff0841", false)]
    [InlineData("c50001aa", false)] // no client keeps room of two bytes
    [InlineData("c600000001aa", true)]
    [InlineData("ddffffffff00", false)]
    [InlineData("dc000100", false)]
    [InlineData("9301a1410c", true)]
    [InlineData("8201020304", true)]
    [InlineData("82010203", false)]
    [InlineData("df00000001", false)]
    [InlineData("ca3f800000", true)]
    [InlineData("ca3f8000", false)]
    [InlineData("c10000", false)]
    [InlineData("d40801", true)]
    [InlineData("c7010801", false)]
    [InlineData("c70308010203", true)]
    [InlineData("9191919191c0", true)]
    [InlineData("91919191", false)]
    public void Any_value_is_walked_over_if_it_is_whole(string hex, bool isGood)
    {
        var reader = new MessagePackReader(Convert.FromHexString(hex));
        reader.TrySkip().ShouldBe(isGood);
        reader.Position.ShouldBe(isGood ? hex.Length / 2 : 0);
    }

    [Fact]
    public void Deep_and_wide_arrays_take_neither_stack_nor_time()
    {
        new MessagePackReader([.. Enumerable.Repeat((byte)0x91, 1_000_000), 0xc0]).TrySkip().ShouldBeTrue();
        new MessagePackReader([.. Enumerable.Repeat((byte)0xdd, 1_000_000)]).TrySkip().ShouldBeFalse();
    }

    [Fact]
    public void Uuids_are_as_java_writes_them()
    {
        byte[] bytes = [0xd8, 3, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0, 0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, 0x88];
        bytes.ShouldBe(G(Samples.Job));
        var reader = new MessagePackReader(bytes);
        reader.TryGuid(out Guid value).ShouldBeTrue();
        value.ToString().ShouldBe(Samples.Job);
        var room = new byte[18];
        var writer = new MessagePackWriter(room);
        writer.Guid(value);
        room.ShouldBe(bytes);
        bytes[1] = 8;
        new MessagePackReader(bytes).TryGuid(out _).ShouldBeFalse("another extension");
        new MessagePackReader(bytes).TryBitSet().ShouldBeTrue();
    }

    [Theory]
    [InlineData("0002" + "61", 1, null)] // an offset beyond the end
    [InlineData("000161", 1, "a")]
    [InlineData("00016162", 1, null)] // a byte behind the last value
    [InlineData("000180", 1, "")]
    [InlineData("00028080", 1, null)] // an escape before what is no UTF-8
    [InlineData("0000", 1, null)] // null
    [InlineData("00020161", 2, null)] // offsets that go back
    [InlineData("0001026162", 2, "a")]
    [InlineData("01010061", 1, "a")]
    [InlineData("020100000061", 1, "a")]
    [InlineData("02ffffffff61", 1, null)]
    [InlineData("03010000000000000061", 1, null)]
    [InlineData("040161", 1, null)]
    [InlineData("000161", 0, null)]
    [InlineData("000161", 2_000_000_000, null)]
    [InlineData("", 1, null)]
    public void First_text_of_a_row(string hex, int count, string? expected)
    {
        BinaryTuple.TryFirstText(Convert.FromHexString(hex), count, 64, out string text).ShouldBe(expected is not null);
        text.ShouldBe(expected ?? "");
    }
}
