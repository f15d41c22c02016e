using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Gatehouse.Testing.Network;

/// <summary>
/// TCP ports for servers that are told their port. Each is given out once in a process and lies below the range from which
/// systems take ports for whoever names none: no connection and no listener on port 0 can come in between.
/// </summary>
public static class FreePorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _next = RandomNumberGenerator.GetInt32(Count);

    /// <summary>The next one on which nobody listens.</summary>
    public static int Next()
    {
        for (int tried = 0; tried < Count; tried++)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
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
}
