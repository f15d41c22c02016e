using System.Buffers;
using System.Text;
using Gatehouse.Engine.Ipfs;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Ipfs;

public sealed class AddedRootTests
{
    private const string First = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
    private const string Root = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG";

    public static TheoryData<string> Answers => new(
        $"{{\"name\":\"a\",\"cid\":\"{First}\",\"size\":3}}\n{{\"name\":\"\",\"cid\":\"{Root}\"}}\n",
        $"[{{\"name\":\"a}}\\\"\",\"cid\":\"{First}\"}},\n{{\"cid\":\"{Root}\",\"allocations\":[\"x\"]}}]",
        $"{{\"Name\":\"a\",\"Bytes\":262144}}\n{{\"Name\":\"a\",\"Hash\":\"{Root}\",\"Size\":\"3\"}}",
        $"{{\"Pins\":[\"{Root}\"]}}\n",
        $"{{\"cid\":\"{Root}\",\"metadata\":{{\"cid\":\"{First}\"}}}}");

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task The_root_is_the_last_object_and_waits_for_its_end(string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            var output = new ArrayBufferWriter<byte>();
            string? settled = null;
            string before = "";
            var filter = new AddedRoot(root =>
            {
                settled = root.Exact;
                before = Encoding.UTF8.GetString(output.WrittenSpan);
                return ValueTask.FromResult(true);
            });
            filter.Push(bytes.AsSpan(0, cut), output).ShouldBeTrue();
            filter.Push(bytes.AsSpan(cut), output).ShouldBeTrue();
            (await filter.FinishAsync(output)).ShouldBeTrue();
            settled.ShouldBe(Root);
            before.ShouldNotContain(Root);
            Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(body);
        }
    }

    [Fact]
    public async Task An_add_that_failed_on_its_way_has_no_root()
    {
        var head = new ResponseHead();
        var output = new ArrayBufferWriter<byte>();
        bool isSettled = false;
        var filter = new AddedRoot(_ => ValueTask.FromResult(isSettled = true));
        filter.Push(Encoding.UTF8.GetBytes($"{{\"cid\":\"{Root}\"}}\n"), output).ShouldBeTrue();
        ResponseHeadParser.TryParse("HTTP/1.1 200 OK\r\nX-Stream-Error: disk full\r\n\r\n"u8, head, 1024, requestWasHead: false, out _);
        filter.End(head.Headers);
        (await filter.FinishAsync(output)).ShouldBeTrue();
        isSettled.ShouldBeFalse();
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldContain(Root);
    }

    [Fact]
    public async Task A_root_that_was_not_settled_is_not_told()
    {
        var output = new ArrayBufferWriter<byte>();
        var filter = new AddedRoot(static _ => ValueTask.FromResult(false));
        filter.Push(Encoding.UTF8.GetBytes($"{{\"cid\":\"{Root}\"}}\n"), output).ShouldBeTrue();
        (await filter.FinishAsync(output)).ShouldBeFalse();
        output.WrittenCount.ShouldBe(0);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("\"text\"")]
    [InlineData("}")]
    [InlineData("{\"cid\":}")]
    public void What_is_no_list_of_objects_ends_the_response(string body) =>
        new AddedRoot(static _ => ValueTask.FromResult(true)).Push(Encoding.UTF8.GetBytes(body), new ArrayBufferWriter<byte>()).ShouldBeFalse();

    [Theory]
    [InlineData("null\n", true)]
    [InlineData("[]", true)]
    [InlineData("{\"cid\":\"", false)]
    [InlineData("{\"cid\":\"no cid\"}", false)]
    public async Task An_end_without_a_root_is_one_only_where_nothing_was_added(string body, bool expected)
    {
        var output = new ArrayBufferWriter<byte>();
        bool isSettled = false;
        var filter = new AddedRoot(_ => ValueTask.FromResult(isSettled = true));
        filter.Push(Encoding.UTF8.GetBytes(body), output).ShouldBeTrue();
        (await filter.FinishAsync(output)).ShouldBe(expected);
        isSettled.ShouldBeFalse();
        Cid.TryParse("no cid", out _).ShouldBeFalse();
    }
}
