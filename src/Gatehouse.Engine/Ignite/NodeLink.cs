using System.Buffers;
using System.Net.Sockets;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Ignite;

namespace Gatehouse.Engine.Ignite;

/// <summary>A connection to a node: one flow receives frames, one sends.</summary>
internal sealed class NodeLink(UpstreamPool pool, ForwardControl control, UpstreamConnection connection) : IDisposable
{
    // Until a node has answered the handshake there is no reason why it should send more.
    private const int MaxHandshake = 64 * 1024;

    /// <summary>Bytes received and not used; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Received => connection.ReceivedMemory;

    /// <summary>Whether it waits without a buffer while nothing is there.</summary>
    public bool IsSparing
    {
        set => connection.IsSparing = value;
    }

    /// <summary>Uses bytes up.</summary>
    public void Consume(int count) => connection.Consume(count);

    /// <summary>Reads more behind what is there; 0 when the node has ended, in whatever way.</summary>
    public async ValueTask<int> MoreAsync()
    {
        try
        {
            return await connection.ReceiveMoreAsync();
        }
        catch (Exception fault) when (IsGone(fault))
        {
            return 0;
        }
    }

    /// <summary>Sends all of it; false when the node takes no more.</summary>
    public async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await connection.SendAsync(bytes);
            return true;
        }
        catch (Exception fault) when (IsGone(fault))
        {
            return false;
        }
    }

    /// <summary>
    /// Logs in at the node as the gate itself: the answer, which may be the node's refusal. Null where the node ended, or said what is
    /// no answer.
    /// </summary>
    public async ValueTask<IgniteHandshakeAnswer?> EnterAsync(int clientCode, IgniteFeatures features)
    {
        UpstreamIdentity? identity = pool.Options.Identity;
        var hello = new ArrayBufferWriter<byte>(256);
        IgniteHandshake.Write(hello, clientCode, features, identity?.User, identity is null ? default : identity.Password.Span);
        bool isSent = await SendAsync(hello.WrittenMemory);

        // The password was in it.
        hello.Clear();
        while (isSent)
        {
            IgniteFraming framing = IgniteFrame.TryRead(Received.Span, withMagic: true, MaxHandshake, out IgniteFrame frame, out _);
            if (framing == IgniteFraming.Refused || (framing == IgniteFraming.NeedMore && await MoreAsync() == 0))
            {
                return null;
            }

            if (framing == IgniteFraming.Complete)
            {
                bool isRead = IgniteHandshakeAnswer.TryParse(Received.Span.Slice(frame.HeaderLength, frame.Length), out IgniteHandshakeAnswer? answer, out _);
                Consume((int)frame.TotalLength);
                return isRead ? answer : null;
            }
        }

        return null;
    }

    /// <summary>Ends it at once; what waits on it fails.</summary>
    public void Abort() => connection.Abort();

    /// <summary>Closes it. Nothing may be under way on it.</summary>
    public void Dispose()
    {
        control.Detach();
        pool.Close(connection);
    }

    private static bool IsGone(Exception fault) =>
        fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;
}
