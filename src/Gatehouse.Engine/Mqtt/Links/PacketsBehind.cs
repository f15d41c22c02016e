namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>
/// Packets of others that wait behind one that has been written in part. Whoever uses it has the turn to write; only
/// <see cref="IsMidPacket"/> may be read by all.
/// </summary>
internal sealed class PacketsBehind : IDisposable
{
    // A side that leaves a packet unfinished while so much waits behind it does not go on.
    private const int Most = 256 * 1024;

    private readonly ByteBatch _waiting = new();
    private volatile bool _isMidPacket;

    /// <summary>Whether what was written last ended in the middle of a packet.</summary>
    public bool IsMidPacket => _isMidPacket;

    /// <summary>What waits.</summary>
    public ReadOnlyMemory<byte> Packets => _waiting.Written;

    /// <summary>Lets packets wait; false where too much does already.</summary>
    public bool TryLeave(ReadOnlySpan<byte> packets)
    {
        if (_waiting.Count + packets.Length > Most)
        {
            return false;
        }

        _waiting.Append(packets);
        return true;
    }

    /// <summary>Notes how what was written ends; true where what waits is to be written now.</summary>
    public bool Ends(bool isMidPacket)
    {
        _isMidPacket = isMidPacket;
        return !isMidPacket && _waiting.Count > 0;
    }

    /// <summary>It was written.</summary>
    public void Clear() => _waiting.Clear();

    /// <inheritdoc/>
    public void Dispose() => _waiting.Dispose();
}
