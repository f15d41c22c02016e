using System.Buffers;
using System.Text;
using Gatehouse.Engine.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Ipfs;

public sealed class OwnKeysTests
{
    private const string Own = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    private const string Foreign = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void Only_ones_own_keys_are_left_however_the_answer_is_cut(int size)
    {
        string keys = $"{{\"Keys\":{{\"{Own}\":{{\"Type\":\"recursive\"}},\"{Foreign}\":{{\"Type\":\"direct\"}}}}}}\n";
        Run(keys, size).ShouldBe($"{{\"Keys\":{{\"{Own}\":{{\"Type\":\"recursive\"}}}}}}\n");
        string lines = $"{{\"Cid\":\"{Foreign}\"}}\n{{\"Cid\":\"{Own}\"}}\n{{\"Cid\":\"{Foreign}\"}}";
        Run(lines, size).ShouldBe($"{{\"Cid\":\"{Own}\"}}\n");
    }

    [Fact]
    public void A_long_line_in_small_pieces_is_read_as_a_whole()
    {
        string entry = $"\"{Foreign}\":{{\"Type\":\"recursive\"}},";
        string keys = "{\"Keys\":{" + string.Concat(Enumerable.Repeat(entry, 4 * 1024 * 1024 / entry.Length)) + $"\"{Own}\":{{\"Type\":\"direct\"}}}}}}";
        Run(keys, 4096).ShouldBe($"{{\"Keys\":{{\"{Own}\":{{\"Type\":\"direct\"}}}}}}\n");
    }

    private static string Run(string answer, int size)
    {
        var filter = new OwnKeys(cid => cid.Text == Own);
        ArrayBufferWriter<byte> output = new();
        byte[] bytes = Encoding.UTF8.GetBytes(answer);
        for (int at = 0; at < bytes.Length; at += size)
        {
            filter.Push(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)), output).ShouldBeTrue();
        }

        filter.Finish(output).ShouldBeTrue();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
