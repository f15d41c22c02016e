using System.Buffers;
using System.Net.Sockets;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Policy;
using Gatehouse.Protocols.Ignite;

namespace Gatehouse.Engine.Ignite;

/// <summary>A connection to a node: one flow receives frames, one sends.</summary>
internal sealed class NodeLink : IDisposable
{
    // Until a node has answered the handshake there is no reason why it should send more.
    private const int MaxHandshake = 64 * 1024;

    // Reads this close to each other, so many in a row: a busy node, which is read without a look first whether there is something.
    private const int BusyReads = 16;
    private static readonly TimeSpan Close = TimeSpan.FromMilliseconds(100);

    private readonly UpstreamPool _pool;
    private readonly ForwardControl _control;
    private readonly UpstreamConnection _connection;
    private long _lastRead;
    private int _closeReads;

    private NodeLink(UpstreamPool pool, ForwardControl control, UpstreamConnection connection)
    {
        _pool = pool;
        _control = control;
        _connection = connection;
        connection.IsSparing = true;
    }

    /// <summary>Bytes received and not used; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Received => _connection.ReceivedMemory;

    /// <summary>Opens one for a client; null with the reason.</summary>
    /// <param name="permit">What the handshake was given in step 6.</param>
    /// <param name="pool">The node.</param>
    /// <param name="control">In whose reach it is until it is disposed.</param>
    public static ValueTask<(NodeLink? Link, DialFailure Failure, string? Detail)> OpenAsync(Permit permit, UpstreamPool pool, ForwardControl control)
    {
        permit.EnsureValid();
        return OpenOwnAsync(pool, control);
    }

    /// <summary>Opens one for a question of the gate's own; null with the reason.</summary>
    public static async ValueTask<(NodeLink? Link, DialFailure Failure, string? Detail)> OpenOwnAsync(UpstreamPool pool, ForwardControl control)
    {
        DialResult dialled = await pool.OpenAsync(control);
        return (dialled.Connection is null ? null : new NodeLink(pool, control, dialled.Connection), dialled.Failure, dialled.Detail);
    }

    /// <summary>Uses bytes up.</summary>
    public void Consume(int count) => _connection.Consume(count);

    /// <summary>Reads more behind what is there; 0 when the node has ended, in whatever way.</summary>
    public async ValueTask<int> MoreAsync()
    {
        try
        {
            int count = await _connection.ReceiveMoreAsync();
            long now = _pool.Time.GetTimestamp();
            _closeReads = _pool.Time.GetElapsedTime(_lastRead, now) < Close ? Math.Min(_closeReads + 1, BusyReads) : 0;
            _connection.IsSparing = _closeReads < BusyReads;
            _lastRead = now;
            return count;
        }
        catch (Exception fault) when (IsGone(fault))
        {
            return 0;
        }
    }

    /// <summary>The same in the middle of a frame, which a node that works goes on with before the gate's own limit for that.</summary>
    public async ValueTask<int> MoreOfFrameAsync()
    {
        _connection.SetDeadline(_pool.NextDeadline());
        int count = await MoreAsync();
        return _connection.SetDeadline(0) ? count : 0;
    }

    /// <summary>Sends all of it; false when the node takes no more.</summary>
    public async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _connection.SendAsync(bytes);
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
        UpstreamIdentity? identity = _pool.Options.Identity;
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
    public void Abort() => _connection.Abort();

    /// <summary>Closes it. Nothing may be under way on it.</summary>
    public void Dispose()
    {
        _control.Detach();
        _pool.Close(_connection);
    }

    private static bool IsGone(Exception fault) =>
        fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;
}
