using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Gatehouse.Testing.Network;

/// <summary>
/// TCP ports for servers that are told their port. Each is given out once in a process and lies below the range from which
/// systems take ports for whoever names none: no connection and no listener on port 0 can come in between. Processes of tests
/// that run at one time take them from different blocks, for nobody sees that a port is given out until its server listens.
/// </summary>
public static class FreePorts
{
    private const int First = 20_000;
    private const int Count = 12_000;
    private const int Blocks = 6;
    private const int BlockSize = Count / Blocks;

    private static readonly Block Own = Take();
    private static int _next = RandomNumberGenerator.GetInt32(Own.Count);

    /// <summary>The next one on which nobody listens.</summary>
    public static int Next()
    {
        for (int tried = 0; tried < Own.Count; tried++)
        {
            int port = Own.First + (int)((uint)Interlocked.Increment(ref _next) % Own.Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException fault) when (fault.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // Somebody else's.
            }
        }

        throw new InvalidOperationException("no port is free");
    }

    // A block is whose lock it is; the kernel gives the lock back when the process ends, however it does.
    private static Block Take()
    {
        string folder = Path.Combine(Path.GetTempPath(), "gatehouse-test-ports");
        Directory.CreateDirectory(folder);
        for (int block = 0; block < Blocks; block++)
        {
            try
            {
                var held = new FileStream(Path.Combine(folder, $"{block}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return new Block(First + (block * BlockSize), BlockSize, held);
            }
            catch (Exception taken) when (taken is IOException or UnauthorizedAccessException)
            {
                // Another process's.
            }
        }

        return new Block(First, Count, null);
    }

    private sealed record Block(int First, int Count, FileStream? Held);
}
