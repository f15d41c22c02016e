using System.Buffers;
using System.IO.Compression;
using Gatehouse.Protocols.Elasticsearch.Streams;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Compressed bodies, in pieces: any split gives the same, what is accepted is what the platform reads of it, and limits hold.
/// The first byte chooses the split and the coding.
/// </summary>
public sealed class InflateFuzz : IFuzzTarget
{
    private const int MaxBytes = 256 * 1024;

    /// <inheritdoc/>
    public string Name => "inflate";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } = ["\u001f", "\u0008", "\u0000", "name\u0000", "\u0001\u0000", "x", "\u0003\u0000"];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        bool isGzip = input[0] < 128;
        byte[] body = input[1..].ToArray();
        (InflateError error, byte[] output) = Inflate(isGzip, body, body.Length);
        Require(output.Length <= MaxBytes, "the limit holds");
        foreach (int size in (int[])[1, 2 + (input[0] % 97)])
        {
            (InflateError error2, byte[] output2) = Inflate(isGzip, body, size);
            Require((error == InflateError.None) == (error2 == InflateError.None), "the split makes no difference");
            Require(error != InflateError.None || output.AsSpan().SequenceEqual(output2), "the split makes no difference to what comes out");
        }

        if (error == InflateError.None)
        {
            using var source = new MemoryStream(body);
            using Stream reader = isGzip ? new GZipStream(source, CompressionMode.Decompress) : new ZLibStream(source, CompressionMode.Decompress);
            using var expected = new MemoryStream();
            reader.CopyTo(expected);
            Require(expected.ToArray().AsSpan().SequenceEqual(output), "the platform reads the same");
        }
    }

    private static (InflateError Error, byte[] Output) Inflate(bool isGzip, byte[] body, int size)
    {
        var limits = new InflateLimits { MaxBytes = MaxBytes, MaxRatio = 100, RatioFrom = MaxBytes };
        Require(Inflater.TryCreate(isGzip ? "gzip" : "deflate", limits, out Inflater? inflater) && inflater is not null, "both are known");
        using Inflater made = inflater!;
        var output = new ArrayBufferWriter<byte>();
        for (int at = 0; at < body.Length; at += size)
        {
            made.Push(body.AsSpan(at, Math.Min(size, body.Length - at)), output);
        }

        return (made.Finish(output), output.WrittenSpan.ToArray());
    }
}
