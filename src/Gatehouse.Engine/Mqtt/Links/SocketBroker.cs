using Gatehouse.Engine.Forwarding;

namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>A broker's own TCP, TLS or Unix socket.</summary>
internal sealed class SocketBroker : IBroker
{
    private readonly UpstreamPool _pool;
    private readonly ForwardControl _control;
    private readonly UpstreamConnection _connection;

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
    public ValueTask<int> ReceiveMoreAsync() => _connection.ReceiveMoreAsync();

    /// <inheritdoc/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => _connection.SendAsync(bytes);

    /// <inheritdoc/>
    public void Abort() => _connection.Abort();

    /// <summary>Closes it. Nothing may be under way on it.</summary>
    public void Dispose()
    {
        _control.Detach();
        _pool.Close(_connection);
    }
}
