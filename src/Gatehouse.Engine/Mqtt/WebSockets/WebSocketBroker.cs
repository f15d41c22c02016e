using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Mqtt.Links;

namespace Gatehouse.Engine.Mqtt.WebSockets;

/// <summary>A broker's WebSocket.</summary>
internal sealed class WebSocketBroker(UpstreamPool pool, ForwardControl control, UpstreamConnection connection, WebSocketStream stream) : IBroker
{
    private const int ReadSize = 8 * 1024;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Received => _bytes.AsMemory(_start, _end - _start);

    /// <inheritdoc/>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveMoreAsync()
    {
        if (_start == _end)
        {
            GiveBack();
            await stream.WaitAsync();
        }

        MakeRoom();
        int count = await stream.ReadAsync(_bytes.AsMemory(_end));
        _end += count;
        return count;
    }

    /// <inheritdoc/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => stream.WriteAsync(bytes);

    /// <inheritdoc/>
    public ValueTask EndSendingAsync() => stream.CloseAsync(WebSocketCloseStatus.NormalClosure);

    /// <inheritdoc/>
    public void Abort() => connection.Abort();

    /// <summary>Closes it without waiting for an answer. Nothing may be under way on it.</summary>
    public void Dispose()
    {
        control.Detach();
        stream.Dispose();
        pool.Close(connection);
        GiveBack();
    }

    private void GiveBack()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void MakeRoom()
    {
        if (_bytes.Length == 0)
        {
            _bytes = ArrayPool<byte>.Shared.Rent(ReadSize);
        }

        if (_start > 0)
        {
            Received.Span.CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }

        if (_end == _bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
            _bytes.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
    }
}
