using System.Buffers;
using System.IO.Compression;
using System.Text;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch.Streams;

public sealed class InflaterTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 60).Select(static i => $"{{\"index\":{{\"_id\":\"{i * 7919}\"}}}}\n{{}}\n")));

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void A_body_comes_out_wherever_it_is_cut(string coding)
    {
        byte[] body = Compressed(coding, Text);
        body.Length.ShouldBeGreaterThan(200);
        for (int cut = 0; cut <= body.Length; cut++)
        {
            Inflate(coding, body, null, cut).ShouldBe(InflateError.None);
        }

        Output(coding, body, 1).ShouldBe(Text);
        Output(coding, body, 100).ShouldBe(Text);
        Output(coding, Compressed(coding, []), 1).ShouldBeEmpty();
        byte[] large = [.. Enumerable.Range(0, 300_000).Select(static i => (byte)((i * 31) ^ (i >> 7)))];
        Output(coding, Compressed(coding, large), 5000).ShouldBe(large);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void What_is_cut_or_changed_is_refused(string coding)
    {
        byte[] body = Compressed(coding, Text);
        for (int end = 0; end < body.Length; end++)
        {
            Inflate(coding, body[..end], null, end / 2).ShouldNotBe(InflateError.None);
        }

        for (int trailer = 1; trailer <= 4; trailer++)
        {
            byte[] changed = [.. body];
            changed[^trailer] ^= 1;
            Inflate(coding, changed, null, 0).ShouldBe(InflateError.Corrupt);
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void What_follows_the_body_is_refused_however_short_it_is(string coding)
    {
        byte[] body = Compressed(coding, Text);
        int trailer = coding == "gzip" ? 8 : 4;
        for (int more = 1; more < 90; more++)
        {
            // Its own trailer again at the end must not hide what stands between.
            byte[] junk = [.. body, .. new byte[more], .. body[^trailer..]];
            Inflate(coding, junk, null, body.Length / 2).ShouldBe(InflateError.TrailingData);
            Inflate(coding, junk[..(body.Length + more)], null, body.Length).ShouldBe(InflateError.TrailingData);
        }

        Inflate(coding, [.. body, .. body], null, 10).ShouldBe(InflateError.TrailingData);
        Inflate(coding, [.. body, .. Compressed(coding, [])], null, 10).ShouldBe(InflateError.TrailingData);
    }

    [Fact]
    public void Size_and_expansion_are_bounded()
    {
        byte[] zeros = Compressed("gzip", new byte[8 * 1024 * 1024]);
        Inflate("gzip", zeros, null, 100).ShouldBe(InflateError.ExpandsTooMuch);
        Inflate("gzip", zeros, new InflateLimits { MaxRatio = 2000 }, 100).ShouldBe(InflateError.None);
        Inflate("gzip", zeros, new InflateLimits { MaxRatio = 2000, MaxBytes = 1024 * 1024 }, 100).ShouldBe(InflateError.TooLarge);

        // Small bodies may be as dense as they like.
        Inflate("gzip", Compressed("gzip", new byte[1024 * 1024]), null, 100).ShouldBe(InflateError.None);
        var output = new ArrayBufferWriter<byte>();
        Inflater.TryCreate("gzip", new InflateLimits(), out Inflater? inflater).ShouldBeTrue();
        using (inflater.ShouldNotBeNull())
        {
            inflater.Push(Compressed("gzip", new byte[64 * 1024 * 1024]), output).ShouldBe(InflateError.ExpandsTooMuch);
        }

        output.WrittenCount.ShouldBeLessThan(2 * 1024 * 1024);
    }

    [Theory]
    [InlineData(null, true, false)]
    [InlineData("", true, false)]
    [InlineData("identity", true, false)]
    [InlineData(" GZip ", true, true)]
    [InlineData("x-gzip", true, true)]
    [InlineData("deflate", true, true)]
    [InlineData("br", false, false)]
    [InlineData("zstd", false, false)]
    [InlineData("gzip, gzip", false, false)]
    [InlineData("identity, gzip", false, false)]
    [InlineData("compress", false, false)]
    public void One_coding_and_only_a_known_one(string? coding, bool isKnown, bool hasInflater)
    {
        Inflater.TryCreate(coding, new InflateLimits(), out Inflater? inflater).ShouldBe(isKnown);
        using (inflater)
        {
            (inflater is not null).ShouldBe(hasInflater);
        }
    }

    [Fact]
    public void Headers_of_gzip_may_hold_a_name_and_are_bounded()
    {
        byte[] plain = Compressed("gzip", Text);
        byte[] named = [.. plain[..3], 0x1E, .. plain[4..10], 3, 0, 1, 2, 3, .. "name\0"u8, .. "comment\0"u8, 9, 9, .. plain[10..]];
        for (int cut = 0; cut < 40; cut++)
        {
            Inflate("gzip", named, null, cut).ShouldBe(InflateError.None);
        }

        Inflate("gzip", [.. plain[..3], 8, .. plain[4..10], .. Enumerable.Repeat((byte)'n', 2000)], null, 0).ShouldBe(InflateError.Corrupt);
        Inflate("gzip", [.. plain[..3], 0x20, .. plain[4..]], null, 0).ShouldBe(InflateError.Corrupt);
        Inflate("gzip", Compressed("deflate", Text), null, 0).ShouldBe(InflateError.Corrupt);
        Inflate("deflate", plain, null, 0).ShouldBe(InflateError.Corrupt);
    }

    private static byte[] Compressed(string coding, byte[] text)
    {
        using var output = new MemoryStream();
        using (Stream stream = coding == "gzip" ? new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true) : new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(text);
            if (text.Length == 0)
            {
                // The platform writes nothing at all for nothing.
                output.Write(coding == "gzip" ? [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0] : (ReadOnlySpan<byte>)[0x78, 1, 3, 0, 0, 0, 0, 1]);
                return output.ToArray();
            }
        }

        return output.ToArray();
    }

    private static InflateError Inflate(string coding, byte[] body, InflateLimits? limits, int cut)
    {
        Inflater.TryCreate(coding, limits ?? new InflateLimits(), out Inflater? inflater).ShouldBeTrue();
        using (inflater.ShouldNotBeNull())
        {
            var output = new ArrayBufferWriter<byte>();
            inflater.Push(body.AsSpan(0, cut), output);
            inflater.Push(body.AsSpan(cut), output);
            return inflater.Finish(output);
        }
    }

    private static byte[] Output(string coding, byte[] body, int size)
    {
        Inflater.TryCreate(coding, new InflateLimits(), out Inflater? inflater).ShouldBeTrue();
        using (inflater.ShouldNotBeNull())
        {
            var output = new ArrayBufferWriter<byte>();
            foreach (byte[] piece in body.Chunk(size))
            {
                inflater.Push(piece, output).ShouldBe(InflateError.None);
            }

            inflater.Finish(output).ShouldBe(InflateError.None);
            return output.WrittenSpan.ToArray();
        }
    }
}
