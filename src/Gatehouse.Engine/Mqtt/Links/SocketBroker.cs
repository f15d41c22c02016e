using System.Runtime.CompilerServices;
using Gatehouse.Engine.Forwarding;

namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>A broker's own TCP, TLS or Unix socket.</summary>
internal sealed class SocketBroker : IBroker
{
    // Reads this close to each other, so many in a row: a broker that is busy. Before, between packets no buffer is held, which
    // costs a call of the kernel more for each read.
    private const int BusyReads = 16;
    private static readonly TimeSpan Close = TimeSpan.FromMilliseconds(100);

    private readonly UpstreamPool _pool;
    private readonly ForwardControl _control;
    private readonly UpstreamConnection _connection;
    private long _lastRead;
    private int _closeReads;
    private Gathering _gathering;
    private Pacer.Ticket? _pause;

    /// <summary>Takes the connection over, which the control has in its reach.</summary>
    public SocketBroker(UpstreamPool pool, ForwardControl control, UpstreamConnection connection)
    {
        _pool = pool;
        _control = control;
        _connection = connection;
        connection.IsSparing = true;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Received => _connection.ReceivedMemory;

    /// <inheritdoc/>
    public void Consume(int count) => _connection.Consume(count);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveMoreAsync()
    {
        if (_gathering.TakeTurn() && Pacer.IsHere)
        {
            await (_pause ??= new Pacer.Ticket()).WaitAsync();
        }

        int count = await _connection.ReceiveMoreAsync();
        long now = _pool.Time.GetTimestamp();
        TimeSpan after = _pool.Time.GetElapsedTime(_lastRead, now);
        _gathering.Read(count, after);
        _closeReads = after < Close ? Math.Min(_closeReads + 1, BusyReads) : 0;
        _connection.IsSparing = _closeReads < BusyReads;
        _lastRead = now;
        return count;
    }

    /// <inheritdoc/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => _connection.SendAsync(bytes);

    /// <inheritdoc/>
    public ValueTask EndSendingAsync() => _connection.ShutdownSendAsync();

    /// <inheritdoc/>
    public void Abort() => _connection.Abort();

    /// <summary>Closes it. Nothing may be under way on it.</summary>
    public void Dispose()
    {
        _control.Detach();
        _pool.Close(_connection);
    }
}
