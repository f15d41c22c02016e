using System.Net.Sockets;

namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>The broker's side of a session: one flow reads, several write, each its packets as a whole.</summary>
internal sealed class BrokerLink(IBroker broker) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly PacketsBehind _behind = new();

    /// <summary>Whether a packet has been sent in part.</summary>
    public bool IsMidPacket => _behind.IsMidPacket;

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

    /// <summary>
    /// Sends packets, or leaves them to be sent behind the one that is under way: within it the broker would take them for its
    /// message, and the message's end for packets. False when the broker takes no more.
    /// </summary>
    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> packets) => SendAsync(packets, endsMidPacket: null);

    /// <summary>Sends what the client sent, which may end in the middle of a packet; false when the broker takes no more.</summary>
    public ValueTask<bool> PassAsync(ReadOnlyMemory<byte> bytes, bool endsMidPacket) => SendAsync(bytes, (bool?)endsMidPacket);

    /// <summary>Tells the broker that nothing more comes, behind all that was sent.</summary>
    public async Task EndSendingAsync()
    {
        await _turn.WaitAsync();
        try
        {
            await broker.EndSendingAsync();
        }
        catch (Exception fault) when (IsGone(fault))
        {
            // Then it has ended already.
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Reads to the broker's end and keeps nothing: a socket that is closed with bytes unread takes back what it sent. Nobody
    /// else may read any more.
    /// </summary>
    public async Task DrainAsync()
    {
        do
        {
            Consume(Received.Length);
        }
        while (await MoreAsync() > 0);
    }

    /// <summary>Ends it at once.</summary>
    public void Abort() => broker.Abort();

    /// <inheritdoc/>
    public void Dispose()
    {
        broker.Dispose();
        _turn.Dispose();
        _behind.Dispose();
    }

    private async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes, bool? endsMidPacket)
    {
        await _turn.WaitAsync();
        try
        {
            if (endsMidPacket is null && _behind.IsMidPacket)
            {
                return _behind.TryLeave(bytes.Span);
            }

            await broker.SendAsync(bytes);
            if (_behind.Ends(endsMidPacket ?? false))
            {
                await broker.SendAsync(_behind.Packets);
                _behind.Clear();
            }

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

    private static bool IsGone(Exception fault) =>
        fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;
}
