using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gatehouse.Engine.Connections;

/// <summary>Process, user and group at the other end of a Unix socket.</summary>
/// <param name="ProcessId">Process id at the time of the connect.</param>
/// <param name="UserId">Effective uid.</param>
/// <param name="GroupId">Effective gid.</param>
internal readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>Asks the kernel (SO_PEERCRED, unix(7)); false when the socket is no connected Unix socket.</summary>
    public static bool TryRead(Socket socket, out PeerCredentials credentials)
    {
        credentials = default;
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            return false;
        }

        Span<byte> raw = stackalloc byte[12];
        try
        {
            if (socket.GetRawSocketOption(SolSocket, SoPeerCred, raw) != raw.Length)
            {
                return false;
            }
        }
        catch (SocketException)
        {
            return false;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        // struct ucred is in host order.
        credentials = new PeerCredentials(
            MemoryMarshal.Read<int>(raw),
            MemoryMarshal.Read<uint>(raw[4..]),
            MemoryMarshal.Read<uint>(raw[8..]));
        return true;
    }
}
