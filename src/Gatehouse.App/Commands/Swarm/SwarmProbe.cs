using System.Net.Sockets;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.App.Commands.Swarm;

/// <summary>
/// Looks at a swarm port with nothing but its first bytes: no handshake follows, so that no peer learns of a new one. A second
/// connection is made only where the first was spoken to in vain.
/// </summary>
internal static class SwarmProbe
{
    private static readonly TimeSpan Connecting = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Listening = TimeSpan.FromSeconds(1.5);

    /// <summary>Looks.</summary>
    public static async Task<SwarmVerdict> RunAsync(string host, int port, SwarmKey? key, CancellationToken cancellation)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (!await ConnectAsync(socket, host, port, cancellation))
        {
            return SwarmVerdict.Closed;
        }

        // 1. What does it say unasked? 44 bytes or text are enough.
        byte[] said = new byte[64];
        int count = await ReadAsync(socket, said, 0, static (bytes, n) => n >= PnetHeader.ProofSize, cancellation);
        if (SwarmVerdicts.OfUnasked(said.AsSpan(0, count), key) is { } verdict)
        {
            return verdict;
        }

        if (count > 0 && key is not null)
        {
            // 2. A nonce alone, as js-libp2p sends it: the rest comes to those who hold the key.
            await SendAsync(socket, SwarmVerdicts.Greeting(key), cancellation);
            count = await ReadAsync(socket, said, count, static (_, n) => n >= PnetHeader.ProofSize, cancellation);
            return SwarmVerdicts.OfEncrypted(said.AsSpan(0, count), key);
        }

        // 3. Nothing: js-libp2p without a private network waits to be spoken to.
        await SendAsync(socket, PnetHeader.Proposal.ToArray(), cancellation);
        count = await ReadAsync(socket, said, 0, static (_, n) => n >= PnetHeader.HeaderSize, cancellation);
        return SwarmVerdicts.OfClear(said.AsSpan(0, count));
    }

    private static async Task<bool> ConnectAsync(Socket socket, string host, int port, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Connecting);
        try
        {
            await socket.ConnectAsync(host, port, limit.Token);
            return true;
        }
        catch (SocketException refused) when (refused.SocketErrorCode is not (SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData))
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await socket.SendAsync(bytes, cancellation);
        }
        catch (SocketException)
        {
            // It closed: what it said until then counts.
        }
    }

    private static async Task<int> ReadAsync(Socket socket, byte[] into, int count, Func<byte[], int, bool> isEnough, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Listening);
        try
        {
            while (count < into.Length && !isEnough(into, count))
            {
                int read = await socket.ReceiveAsync(into.AsMemory(count), limit.Token);
                if (read == 0)
                {
                    break;
                }

                count += read;
            }
        }
        catch (SocketException)
        {
            // Reset: as good as an end.
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It says no more.
        }

        return count;
    }
}
