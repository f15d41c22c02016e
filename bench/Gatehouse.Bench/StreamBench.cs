using System.Buffers;
using System.Diagnostics;
using System.Text;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Bench;

/// <summary><c>bench/streams</c>: MB/s of what Elasticsearch's bodies and answers pass through, in pieces of 64 KiB.</summary>
internal static class StreamBench
{
    private const int Piece = 64 * 1024;
    private const int Rounds = 12;

    public static int Run()
    {
        Console.WriteLine($"{"in pieces of 64 KiB",-44} {"MB/s",9} {"bytes allocated",16}");
        foreach (int size in (int[])[100, 400, 1500])
        {
            string text = new('x', size - 30);
            byte[] bulk = Repeated(i => $"{{\"index\":{{\"_index\":\"events-2026\",\"_id\":\"{i}\"}}}}\n{{\"n\":{i},\"text\":\"{text}\"}}\n");
            Measure($"bulk, allowed, documents of {size} bytes", bulk, () =>
            {
                var filter = new BulkFilter(default, refreshes: false, new Judge(), new BulkLimits());
                return piece => filter.Push(piece, Sink.Instance) == BulkError.None;
            });
        }

        byte[] answer = [.. "{\"took\":3,\"hits\":{\"hits\":["u8, .. Repeated(static i => $"{{\"_index\":\"a\",\"_id\":\"{i}\",\"_source\":{{\"n\":{i},\"tags\":[\"a\",\"b\"],\"text\":\"some words of a document\"}}}},"), .. "0]},\"_scroll_id\":\"x\"}"u8];
        Measure("answer of a search, one id replaced", answer, static () =>
        {
            var rewriter = new JsonRewriter(new JsonPaths("_scroll_id", "pit_id"), static (_, value, replacement) =>
            {
                replacement.Write(value);
                return true;
            });
            return piece => rewriter.Push(piece, Sink.Instance) == JsonStreamError.None;
        });
        return 0;
    }

    private delegate bool Step(ReadOnlySpan<byte> piece);

    private static byte[] Repeated(Func<int, string> one)
    {
        var text = new StringBuilder();
        for (int i = 0; text.Length < 32 * 1024 * 1024; i++)
        {
            text.Append(one(i));
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Measure(string name, byte[] text, Func<Step> make)
    {
        double best = double.MaxValue;
        long bytes = 0;
        for (int round = 0; round < Rounds; round++)
        {
            Step step = make();
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            for (int at = 0; at < text.Length; at += Piece)
            {
                if (!step(text.AsSpan(at, Math.Min(Piece, text.Length - at))))
                {
                    throw new InvalidOperationException(name);
                }
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Console.WriteLine($"{name,-44} {text.Length / best / 1e6,9:F0} {bytes,16}");
    }

    private sealed class Judge : IBulkJudge
    {
        public bool Allows(string action, ReadOnlySpan<byte> index) => true;
    }

    /// <summary>Copies and forgets.</summary>
    private sealed class Sink : IBufferWriter<byte>
    {
        private readonly byte[] _bytes = new byte[2 * Piece];

        public static Sink Instance { get; } = new();

        public void Advance(int count)
        {
            // The next bytes take the place of these.
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _bytes;

        public Span<byte> GetSpan(int sizeHint = 0) => _bytes;
    }
}
