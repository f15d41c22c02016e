using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Engine.Hosting;

/// <summary>Looks at the loopback ports of the known systems and says what answers there.</summary>
internal static class SystemDiscovery
{
    private const int AnswerBytes = 4096;
    private static readonly TimeSpan PortLimit = TimeSpan.FromMilliseconds(900);

    /// <summary>Asks every known port at once; each has less than a second.</summary>
    public static async Task<ImmutableArray<FoundSystem>> FindAsync(CancellationToken cancellation)
    {
        FoundSystem?[] found = await Task.WhenAll(
            Fingerprint.ByPort.Select(port => AskAsync(port.Key, port.Value, cancellation)));
        return [.. found.OfType<FoundSystem>().OrderBy(static f => f.Port)];
    }

    private static async Task<FoundSystem?> AskAsync(int port, Fingerprint[] prints, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(PortLimit);
        foreach (Fingerprint print in prints)
        {
            byte[]? answer = await ProbeAsync(port, print.Request, limit.Token);
            if (answer is null)
            {
                return null;
            }

            if (print.Recognises(answer))
            {
                return new FoundSystem(print.Name, print.Product, port);
            }
        }

        return null;
    }

    /// <summary>Null when nobody listens; what was answered in time otherwise, possibly nothing.</summary>
    private static async Task<byte[]?> ProbeAsync(int port, byte[] request, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        byte[] buffer = new byte[AnswerBytes];
        int length = 0;
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellation);
        }
        catch (Exception absent) when (absent is SocketException or OperationCanceledException)
        {
            return null;
        }

        try
        {
            await socket.SendAsync(request, cancellation);
            while (length < buffer.Length)
            {
                int read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
                if (read == 0)
                {
                    break;
                }

                length += read;
            }
        }
        catch (Exception cut) when (cut is SocketException or OperationCanceledException)
        {
            // What came until then is judged: binary systems keep the connection open.
        }

        return buffer[..length];
    }
}

/// <summary>A known system that answers on this host.</summary>
/// <param name="Name">Name of its row in the port table.</param>
/// <param name="Product">For people.</param>
/// <param name="Port">The loopback port.</param>
internal sealed record FoundSystem(string Name, string Product, int Port);
