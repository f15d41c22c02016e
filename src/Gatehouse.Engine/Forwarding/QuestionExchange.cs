using System.Buffers;
using System.IO.Pipelines;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Forwarding;

/// <summary>A request of the gate's own, without a body, in the place of a client's; the answer goes to memory, up to a limit.</summary>
/// <param name="method">Its method.</param>
/// <param name="target">Path and query, ASCII.</param>
/// <param name="limit">Most bytes of the answer.</param>
internal sealed class QuestionExchange(string method, ReadOnlyMemory<byte> target, int limit) : ClientExchange
{
    private readonly MemoryOutput _output = new(limit);

    /// <summary>Status of the response, 0 before.</summary>
    public int Status { get; private set; }

    /// <summary>What came of the body.</summary>
    public ReadOnlyMemory<byte> Received => _output.Written;

    /// <inheritdoc/>
    public override bool IsHead => false;

    /// <inheritdoc/>
    public override bool IsIdempotent => method == "GET";

    /// <inheritdoc/>
    public override RequestBody Body => RequestBody.None;

    /// <inheritdoc/>
    public override string? Upgrade => null;

    /// <inheritdoc/>
    public override bool TakesRawChunks => false;

    /// <inheritdoc/>
    public override PipeWriter Output => _output;

    /// <inheritdoc/>
    public override void WriteHead(HeadBuffer into)
    {
        into.AppendAscii(method);
        into.Append(" "u8);
        into.Append(target.Span);
        into.Append(" HTTP/1.1\r\nAccept: application/json\r\n"u8);
    }

    /// <inheritdoc/>
    public override ValueTask StartResponseAsync(ResponseHead head, BodyFraming framing)
    {
        Status = head.StatusCode;
        if (head.ContentLength > limit)
        {
            throw TooLarge(limit);
        }

        return head.Headers.TryGet("content-encoding"u8, out ReadOnlySpan<byte> coding) && !System.Text.Ascii.EqualsIgnoreCase(coding, "identity"u8)
            ? throw new ForwardFault(ForwardResult.UpstreamMalformed, "the response is compressed though nobody asked for it")
            : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void AddTrailers(HeaderBlock trailers)
    {
        // Nobody reads them.
    }

    /// <inheritdoc/>
    public override ValueTask<Stream> UpgradeAsync(ResponseHead head) => throw new InvalidOperationException("a question changes no protocol");

    /// <inheritdoc/>
    public override void Abort()
    {
        // Who asked reads the outcome.
    }

    private static ForwardFault TooLarge(int limit) => new(ForwardResult.UpstreamMalformed, $"the response is larger than {limit} bytes");

    /// <summary>Bytes kept in memory, which somebody else reads when all are there.</summary>
    private sealed class MemoryOutput(int limit) : PipeWriter
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(64 * 1024);

        public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

        public override void Advance(int bytes)
        {
            _bytes.Advance(bytes);
            if (_bytes.WrittenCount > limit)
            {
                throw TooLarge(limit);
            }
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(default(FlushResult));

        public override void CancelPendingFlush()
        {
            // None ever waits.
        }

        public override void Complete(Exception? exception = null)
        {
            // Memory needs no end.
        }
    }
}
