using System.Buffers;
using System.Text;
using Gatehouse.Engine.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Ipfs;

public sealed class OwnLinesTests
{
    [Theory]
    [InlineData("{\"cid\":\"mine\",\"name\":\"a\"}\n{\"cid\":\"yours\"}\n{\"name\":\"b\",\"cid\":\"mine\"}\n", "{\"cid\":\"mine\",\"name\":\"a\"}\n{\"name\":\"b\",\"cid\":\"mine\"}\n")]
    [InlineData("{\"cid\":{\"/\":\"mine\"}}\n{\"cid\":{\"/\":\"yours\"}}", "{\"cid\":{\"/\":\"mine\"}}\n")]
    [InlineData("\n\r\n{\"cid\":\"mine\"}", "{\"cid\":\"mine\"}\n")]
    [InlineData("{\"cid\":\"yours\",\"peer_map\":{\"x\":{\"cid\":\"mine\"}}}\n", "")]
    [InlineData("", "")]
    public void Only_lines_of_own_pins_pass_at_every_cut(string body, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            var output = new ArrayBufferWriter<byte>();
            var lines = new OwnLines(Show);
            lines.Push(bytes.AsSpan(0, cut), output).ShouldBeTrue();
            lines.Push(bytes.AsSpan(cut), output).ShouldBeTrue();
            lines.Finish(output).ShouldBeTrue();
            Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("[{\"cid\":\"mine\"}]\n")]
    [InlineData("{\"name\":\"mine\"}\n")]
    [InlineData("{\"cid\":\"mine\",\"cid\":\"yours\"}\n")]
    [InlineData("{\"cid\":\"mine\",\"c\\u0069d\":\"yours\"}\n")]
    [InlineData("{\"cid\":{\"/\":\"mine\",\"x\":1}}\n")]
    [InlineData("{\"cid\":5}\n")]
    [InlineData("{\"cid\":\"mine\"\n")]
    [InlineData("{\"cid\":\"mine\"} {\"cid\":\"yours\"}\n")]
    [InlineData("\"mine\"\n")]
    public void What_cannot_be_read_in_one_way_ends_the_response(string body)
    {
        var output = new ArrayBufferWriter<byte>();
        var lines = new OwnLines(Show);
        lines.Push(Encoding.UTF8.GetBytes(body), output).ShouldBeFalse();
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe("");
    }

    private static bool Show(string cid, ReadOnlyMemory<byte> line, IBufferWriter<byte> output)
    {
        if (cid == "mine")
        {
            output.Write(line.Span);
            output.Write("\n"u8);
        }

        return true;
    }
}
