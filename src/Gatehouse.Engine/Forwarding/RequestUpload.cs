using System.Buffers;
using System.IO.Pipelines;

namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// Sends a request body while the response may already be coming: the other direction is never waited for. Backpressure
/// is the upstream's: the client is read only as fast as it takes the bytes.
/// </summary>
internal sealed class RequestUpload
{
    private const int MostInOnePiece = 32 * 1024;

    private static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();

    private readonly UpstreamPool _pool;
    private readonly UpstreamConnection _connection;
    private readonly ForwardControl _control;
    private readonly RequestBody _body;
    private volatile bool _stopped;
    private volatile bool _waitsForClient;

    private RequestUpload(UpstreamPool pool, UpstreamConnection connection, ForwardControl control, RequestBody body)
    {
        _pool = pool;
        _connection = connection;
        _control = control;
        _body = body;
        Task = RunAsync();
    }

    /// <summary>Ends when the body was sent, or could not be. Never fails.</summary>
    public Task Task { get; }

    /// <summary>Whether the body was sent to its end.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether it is the client that is being waited for.</summary>
    public bool WaitsForClient => _waitsForClient;

    /// <summary>Starts sending.</summary>
    public static RequestUpload Start(UpstreamPool pool, UpstreamConnection connection, ForwardControl control, RequestBody body) =>
        new(pool, connection, control, body);

    /// <summary>The response is complete or failed: what is left of the body is nobody's business any more.</summary>
    public async ValueTask StopAsync()
    {
        if (!Task.IsCompleted)
        {
            _stopped = true;
            _connection.Abort();
            _body.Reader?.CancelPendingRead();
            await Task;
        }
    }

    private async Task RunAsync()
    {
        try
        {
            if (_body.Reader is null)
            {
                await _connection.SendAsync(_body.Buffered);
                _control.RequestBytes = _body.Buffered.Length;
            }
            else
            {
                await StreamAsync(_body.Reader);
            }

            IsComplete = !_stopped;
        }
        catch (ForwardFault fault)
        {
            // The client's body is not what it promised: the upstream must not take the part for the whole.
            _control.Cancel(fault.Result);
        }
        catch (Exception fault) when (fault is IOException or System.Net.Sockets.SocketException or ObjectDisposedException
            or InvalidOperationException or OperationCanceledException)
        {
            // Sending failed. The upstream may have answered before it closed; the reading side finds out.
        }
    }

    private async Task StreamAsync(PipeReader reader)
    {
        byte[] frame = new byte[20];
        while (true)
        {
            ReadResult read = await ReadAsync(reader);
            ReadOnlySequence<byte> bytes = read.Buffer;
            if (_stopped || read.IsCanceled)
            {
                reader.AdvanceTo(bytes.Start);
                return;
            }

            if (!bytes.IsEmpty)
            {
                _control.RequestBytes += bytes.Length;
                if (_control.RequestBytes > _body.Limit)
                {
                    reader.AdvanceTo(bytes.Start);
                    throw new ForwardFault(ForwardResult.ClientTooLarge, "the body grew beyond its limit");
                }

                await SendOrRewindAsync(reader, bytes, frame);
            }

            reader.AdvanceTo(bytes.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        if (_body.Length is null)
        {
            await _connection.SendAsync(LastChunk);
        }
        else if (_control.RequestBytes != _body.Length)
        {
            throw new ForwardFault(ForwardResult.ClientCutShort, "the body is shorter than announced");
        }
    }

    private async ValueTask<ReadResult> ReadAsync(PipeReader reader)
    {
        try
        {
            _waitsForClient = true;
            return await reader.ReadAsync();
        }
        catch (Exception fault) when (fault is not ForwardFault && fault is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The server's parser refused the body (bad chunk, too slow) or the connection ended within it.
            throw new ForwardFault(ForwardResult.ClientCutShort, "the client's body broke off");
        }
        finally
        {
            _waitsForClient = false;
        }
    }

    /// <summary>A reader that is left in the middle of a read could not be drained by the server, which calls that an error.</summary>
    private async ValueTask SendOrRewindAsync(PipeReader reader, ReadOnlySequence<byte> bytes, byte[] frame)
    {
        bool sent = false;
        try
        {
            await SendAsync(bytes, frame);
            sent = true;
        }
        finally
        {
            if (!sent)
            {
                reader.AdvanceTo(bytes.Start);
            }
        }
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> bytes, byte[] frame)
    {
        if (_body.Length is null && bytes.Length <= MostInOnePiece)
        {
            await _connection.SendAsync(PutTogether(bytes, frame));
        }
        else
        {
            await SendInPiecesAsync(bytes, frame);
        }

        if (!_control.HasResponse)
        {
            _connection.SetDeadline(_pool.NextDeadline());
        }
    }

    /// <summary>A chunk with its framing, in the buffer that the request's head has left by now.</summary>
    private ReadOnlyMemory<byte> PutTogether(ReadOnlySequence<byte> bytes, byte[] frame)
    {
        HeadBuffer piece = _connection.Head;
        piece.Clear();
        piece.Append(frame.AsSpan(0, ChunkFrame.WriteSize(frame, bytes.Length)));
        foreach (ReadOnlyMemory<byte> segment in bytes)
        {
            piece.Append(segment.Span);
        }

        piece.Append(ChunkFrame.End.Span);
        return piece.Written;
    }

    private async ValueTask SendInPiecesAsync(ReadOnlySequence<byte> bytes, byte[] frame)
    {
        if (_body.Length is null)
        {
            await _connection.SendAsync(frame.AsMemory(0, ChunkFrame.WriteSize(frame, bytes.Length)));
        }

        foreach (ReadOnlyMemory<byte> segment in bytes)
        {
            await _connection.SendAsync(segment);
        }

        if (_body.Length is null)
        {
            await _connection.SendAsync(ChunkFrame.End);
        }
    }
}
