using Gatehouse.Protocols.Http;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>Chunked bodies: any split of the bytes gives the same data, verdict and end. The first byte chooses the split.</summary>
public sealed class ChunkFuzz : IFuzzTarget
{
    private readonly ChunkedDecoder _decoder = new();

    /// <inheritdoc/>
    public string Name => "chunks";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
        ["5\r\nhello\r\n", "0\r\n\r\n", "0\r\n", "\r\n", "\n", ";ext=\"a\"\r\n", "fffffffffffffff", "A", "X: y\r\n", " z\r\n", "1\r\na\r\n"];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2)
        {
            return;
        }

        ReadOnlySpan<byte> body = input[1..];
        (byte[] data, ChunkStatus status, ResponseError error, int used, int trailers) = Decode(body, body.Length);
        Require(data.Length <= body.Length && used <= body.Length, "no byte is made up");
        Require(status != ChunkStatus.Bad || error != ResponseError.None, "a refusal has a reason");
        foreach (int size in (int[])[1, 1 + (input[0] % 17)])
        {
            (byte[] again, ChunkStatus status2, ResponseError error2, int used2, int trailers2) = Decode(body, size);
            Require(data.AsSpan().SequenceEqual(again) && status == status2 && error == error2 && used == used2 && trailers == trailers2,
                "the split makes no difference");
        }
    }

    private (byte[] Data, ChunkStatus Status, ResponseError Error, int Used, int Trailers) Decode(ReadOnlySpan<byte> body, int size)
    {
        _decoder.Reset();
        List<byte> data = [];
        ChunkStatus status = ChunkStatus.NeedMore;
        int used = 0;
        for (int at = 0; at < body.Length && status < ChunkStatus.Done; at += size)
        {
            ReadOnlySpan<byte> input = body[at..Math.Min(body.Length, at + size)];
            do
            {
                status = _decoder.Decode(input, out int consumed, out ReadOnlySpan<byte> part);
                Require((status == ChunkStatus.Data) == (part.Length > 0), "data says so");
                data.AddRange(part);
                input = input[consumed..];
                used += consumed;
            }
            while (status == ChunkStatus.Data);
        }

        return ([.. data], status, _decoder.Error, used, _decoder.Trailers.Count);
    }
}
