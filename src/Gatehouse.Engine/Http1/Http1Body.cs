using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Http1;

/// <summary>
/// A request's body (RFC 9112 section 6), framed strictly, as a reader of its bytes. Chunks are unpacked where they lie. One
/// object a connection, used again.
/// </summary>
internal sealed class Http1Body(Http1Input input, Http1Output output, Http1Clock clock) : PipeReader
{
    private const int PieceSize = 16 * 1024;

    private readonly ChunkedDecoder _chunks = new();
    private Memory<byte> _data;
    private long _left;
    private int _behind;
    private bool _isChunked;
    private bool _owesContinue;

    /// <summary>Whether every byte of it was received.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Whether it is malformed, or was not sent in time: the connection is of no more use.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Bytes of it that came.</summary>
    public long Received { get; private set; }

    /// <summary>Whether the rest is little enough to be read for the sake of the connection.</summary>
    public bool IsWorthDraining => IsComplete || (!IsBroken && !_owesContinue && (_isChunked || _left <= 64 * 1024));

    /// <summary>Begins a body; a <paramref name="length"/> of 0 that is not chunked is none.</summary>
    public void Begin(long length, bool isChunked, bool owesContinue)
    {
        _data = default;
        _left = length;
        _behind = 0;
        _isChunked = isChunked;
        IsBroken = false;
        IsComplete = !isChunked && length == 0;
        _owesContinue = owesContinue && !IsComplete;
        Received = 0;
        clock.BeginBody();
        if (isChunked)
        {
            _chunks.Reset();
        }
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (!_data.IsEmpty || IsComplete || TakeData())
            {
                return new ReadResult(new ReadOnlySequence<byte>(_data), isCanceled: false, isCompleted: IsComplete);
            }

            if (_owesContinue)
            {
                _owesContinue = false;
                await output.WriteContinueAsync();
            }

            input.Widen(PieceSize);
            clock.WaitForBody(Received);
            int count = await input.MoreAsync();
            clock.Wait(Http1Wait.None);
            if (count == PostedRead.Cancelled)
            {
                if (clock.HasExpired)
                {
                    IsBroken = true;
                    throw new BadHttpRequestException("the body came too slowly", StatusCodes.Status408RequestTimeout);
                }

                return new ReadResult(new ReadOnlySequence<byte>(_data), isCanceled: true, isCompleted: false);
            }

            if (count == 0)
            {
                IsBroken = true;
                throw new IOException("the client closed within its body");
            }
        }
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed)
    {
        int used = consumed.GetInteger() - new ReadOnlySequence<byte>(_data).Start.GetInteger();
        _data = _data[used..];
        if (_data.IsEmpty)
        {
            input.Consume(_behind);
            _behind = 0;
            if (IsComplete)
            {
                input.Watch();
            }
        }
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    /// <inheritdoc/>
    public override void CancelPendingRead() => input.CancelNext();

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // The connection goes on; what is left of the body is its business.
    }

    /// <summary>Reads the rest and forgets it; false when that is not possible.</summary>
    public async ValueTask<bool> DrainAsync(long limit)
    {
        long begun = Received;
        try
        {
            while (!IsComplete || !_data.IsEmpty)
            {
                ReadResult read = await ReadAsync();
                AdvanceTo(read.Buffer.End);
                if (Received - begun > limit)
                {
                    return false;
                }
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private bool TakeData()
    {
        Memory<byte> received = input.ReceivedMemory;
        if (received.IsEmpty)
        {
            return false;
        }

        if (_isChunked)
        {
            return Unpack(received);
        }

        int count = (int)Math.Min(_left, received.Length);
        _data = received[..count];
        _behind = count;
        _left -= count;
        Received += count;
        IsComplete = _left == 0;
        return true;
    }

    /// <summary>Moves the data of all chunks that are there together: behind the framing there is always room.</summary>
    private bool Unpack(Memory<byte> received)
    {
        Span<byte> bytes = received.Span;
        int length = 0;
        while (true)
        {
            ChunkStatus status = _chunks.Decode(bytes[_behind..], out int consumed, out ReadOnlySpan<byte> data);
            data.CopyTo(bytes[length..]);
            length += data.Length;
            _behind += consumed;
            if (status == ChunkStatus.Bad)
            {
                IsBroken = true;
                throw new BadHttpRequestException("malformed chunk", StatusCodes.Status400BadRequest);
            }

            if (status != ChunkStatus.Data)
            {
                IsComplete = status == ChunkStatus.Done;
                break;
            }
        }

        _data = received[..length];
        Received += length;
        if (length == 0)
        {
            input.Consume(_behind);
            _behind = 0;
        }

        return length > 0 || IsComplete;
    }
}
