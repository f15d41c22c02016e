using System.Net.Sockets;

namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>The broker's side of a session: one flow reads, several write, each its bytes as a whole.</summary>
internal sealed class BrokerLink(IBroker broker) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Bytes received and not used; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Received => broker.Received;

    /// <summary>Uses bytes up.</summary>
    public void Consume(int count)
    {
        if (count > 0)
        {
            broker.Consume(count);
        }
    }

    /// <summary>Reads more behind what is there; 0 when the broker has ended, in whatever way.</summary>
    public async ValueTask<int> MoreAsync()
    {
        try
        {
            return await broker.ReceiveMoreAsync();
        }
        catch (Exception fault) when (IsGone(fault))
        {
            return 0;
        }
    }

    /// <summary>Sends bytes as a whole; false when the broker takes no more.</summary>
    public async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _turn.WaitAsync();
        try
        {
            await broker.SendAsync(bytes);
            return true;
        }
        catch (Exception fault) when (IsGone(fault))
        {
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Abort() => broker.Abort();

    /// <inheritdoc/>
    public void Dispose()
    {
        broker.Dispose();
        _turn.Dispose();
    }

    private static bool IsGone(Exception fault) =>
        fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;
}
