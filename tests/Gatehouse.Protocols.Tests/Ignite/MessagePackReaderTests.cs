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
    public void Numbers_are_read_and_are_written_in_the_smallest_form(long value)
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
    [InlineData("d10100", 256L, true)]
    [InlineData("d200010000", 65_536L, true)]
    [InlineData("d30000000100000000", 4_294_967_296L, false)]
    [InlineData("cc7f", 127L, true)]
    [InlineData("d07f", 127L, true)]
    [InlineData("d0e0", -32L, true)]
    [InlineData("cd00ff", 255L, true)]
    [InlineData("d100ff", 255L, true)]
    [InlineData("d1ff80", -128L, true)]
    [InlineData("ce0000ffff", 65_535L, true)]
    [InlineData("ce80000000", 2_147_483_648L, false)] // a node reads it as negative where it wants an int
    [InlineData("d200000001", 1L, true)]
    [InlineData("d2ffff8000", -32_768L, true)]
    [InlineData("cf00000000ffffffff", 4_294_967_295L, false)]
    [InlineData("cf0000000000000001", 1L, false)] // a node takes no form of 64 bits where it wants an int
    [InlineData("d30000000000000001", 1L, false)]
    [InlineData("d3ffffffff80000000", -2_147_483_648L, false)]
    [InlineData("cf7fffffffffffffff", long.MaxValue, false)]
    [InlineData("cf8000000000000000", null, false)] // a node reads it as negative
    [InlineData("cfffffffffffffffff", null, false)]
    [InlineData("c0", null, false)]
    [InlineData("c3", null, false)]
    [InlineData("a131", null, false)]
    [InlineData("cb3ff0000000000000", null, false)]
    [InlineData("c1", null, false)]
    public void Numbers_are_read_in_every_form_that_a_node_reads(string hex, long? expected, bool isInt)
    {
        var reader = new MessagePackReader(Convert.FromHexString(hex));
        reader.TryLong(out long value).ShouldBe(expected is not null);
        (value, reader.Position).ShouldBe(expected is null ? (0, 0) : (expected.Value, hex.Length / 2));
        reader = new MessagePackReader(Convert.FromHexString(hex));
        reader.TryInt(out int number).ShouldBe(isInt);
        (number, reader.Position).ShouldBe(isInt ? ((int)expected!.Value, hex.Length / 2) : (0, 0));
    }

    [Theory]
    [InlineData("05", 5)]
    [InlineData("d200000005", 5)]
    [InlineData("ce00000005", 5)]
    [InlineData("d2ffffffff", null)]
    [InlineData("ff", null)]
    [InlineData("ceffffffff", null)]
    [InlineData("d30000000000000005", null)]
    public void Counts_may_be_in_the_room_that_was_kept_for_them(string hex, int? expected)
    {
        var reader = new MessagePackReader(Convert.FromHexString(hex));
        reader.TryCount(out int value).ShouldBe(expected is not null);
        value.ShouldBe(expected ?? 0);
    }

    [Theory]
    [InlineData("05", 31, 5)]
    [InlineData("1f", 31, 31)]
    [InlineData("20", 31, null)]
    [InlineData("cc05", 255, null)] // what is put in its place would leave a byte behind
    [InlineData("ff", 255, null)]
    [InlineData("", 31, null)]
    public void A_byte_that_is_replaced_in_place_is_one(string hex, int max, int? expected)
    {
        var reader = new MessagePackReader(Convert.FromHexString(hex));
        reader.TryOneByte(max, out int value).ShouldBe(expected is not null);
        (value, reader.Position).ShouldBe(expected is null ? (0, 0) : (expected.Value, 1));
    }

    [Theory]
    [InlineData(0, "a0", true)]
    [InlineData(0, "d900", true)]
    [InlineData(0, "db00000000", true)]
    [InlineData(9, "d909", true)]
    [InlineData(10, "d90a", true)]
    [InlineData(31, "bf", true)]
    [InlineData(84, "da0054", true)]
    [InlineData(255, "d9ff", true)]
    [InlineData(300, "da012c", true)]
    [InlineData(300, "db0000012c", true)]
    [InlineData(10, "c40a", false)]
    [InlineData(10, "9a", false)]
    public void Texts_have_a_length_in_any_form(int length, string head, bool isGood)
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
    [InlineData("c50001aa", true)]
    [InlineData("c600000001aa", true)]
    [InlineData("ddffffffff00", false)]
    [InlineData("dc000100", true)]
    [InlineData("dc0002c0", false)]
    [InlineData("9301a1410c", true)]
    [InlineData("8201020304", true)]
    [InlineData("82010203", false)]
    [InlineData("df00000001", false)]
    [InlineData("ca3f800000", true)]
    [InlineData("ca3f8000", false)]
    [InlineData("c10000", false)]
    [InlineData("d40801", true)]
    [InlineData("c7010801", true)]
    [InlineData("c900000001ff01", true)]
    [InlineData("c9000000020801", false)]
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
        byte[] wide = [0xc8, 0, 16, 3, .. G(Samples.Job)[2..]];
        reader = new MessagePackReader(wide);
        reader.TryGuid(out value).ShouldBeTrue();
        (value.ToString(), reader.IsAtEnd).ShouldBe((Samples.Job, true));
        new MessagePackReader([0xd7, 3, .. G(Samples.Job)[2..10]]).TryGuid(out _).ShouldBeFalse("half of one");
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
