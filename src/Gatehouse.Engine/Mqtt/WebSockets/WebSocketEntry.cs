using System.IO.Pipelines;
using System.Net.WebSockets;
using Gatehouse.Protocols.WebSockets;

namespace Gatehouse.Engine.Mqtt.WebSockets;

/// <summary>A client that came by WebSocket, or one that was answered and may be closed. The connection below stays its owner's.</summary>
internal sealed class WebSocketEntry : IDuplexPipe, IAsyncDisposable
{
    private readonly WebSocketStream? _stream;
    private PipeReader? _input;
    private PipeWriter? _output;

    private WebSocketEntry(string? reason, int status, WebSocketStream? stream, WebSocketRequest? request)
    {
        Reason = reason;
        Status = status;
        _stream = stream;
        Subprotocol = request?.Subprotocol ?? "";
        Host = request?.Host ?? "";
        Origin = request?.Origin;
    }

    /// <summary>Whether it is open.</summary>
    public bool IsAccepted => _stream is not null;

    /// <summary>Why it is not, a frozen word; null when it is.</summary>
    public string? Reason { get; }

    /// <summary>The status that it was answered with: 101, 4xx or 505; 0 when it ended before there was anything to answer.</summary>
    public int Status { get; }

    /// <summary>The protocol chosen.</summary>
    public string Subprotocol { get; }

    /// <summary>The host it asked for; one that is served.</summary>
    public string Host { get; }

    /// <summary>The page's origin, one that may come; null for what is no browser.</summary>
    public string? Origin { get; }

    /// <summary>
    /// The bytes both ways. Each write is one message and leaves at once; reads end with 0 whatever ended them; a read into
    /// nothing waits without a buffer.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public Stream Stream => Accepted;

    /// <summary>The same as pipes, for whoever has no use for a stream; a read that waits cannot be cancelled.</summary>
    public IDuplexPipe Pipe => this;

    /// <summary>What the client did wrong since, a frozen word: <c>text_message</c> or <c>websocket_frame</c>; null: nothing.</summary>
    public string? Fault => _stream?.Fault;

    PipeReader IDuplexPipe.Input => _input ??= PipeReader.Create(Accepted, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));

    PipeWriter IDuplexPipe.Output => _output ??= PipeWriter.Create(Accepted, new StreamPipeWriterOptions(leaveOpen: true));

    private WebSocketStream Accepted => _stream ?? throw new InvalidOperationException("the WebSocket was refused");

    /// <summary>Closes with a code and does not wait for the answer; for refused ones nothing.</summary>
    public ValueTask CloseAsync(WebSocketCloseStatus status) => _stream?.CloseAsync(status) ?? ValueTask.CompletedTask;

    /// <summary>Closes with 1000 unless closed already, and gives buffers back. Nothing may be under way on it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_input is not null)
        {
            await _input.CompleteAsync();
        }

        if (_output is not null)
        {
            await _output.CompleteAsync();
        }

        if (_stream is not null)
        {
            await _stream.CloseAsync(WebSocketCloseStatus.NormalClosure);
            await _stream.DisposeAsync();
        }
    }

    internal static WebSocketEntry Refused(string reason, int status) => new(reason, status, null, null);

    internal static WebSocketEntry Opened(WebSocketStream stream, WebSocketRequest request) => new(null, 101, stream, request);
}
