using System.Net.Sockets;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>Socket options of the mesh.</summary>
internal static class SocketTuning
{
    // tcp(7) and ip(7): the runtime has no names for these.
    private const int ProtocolTcp = 6;
    private const int UserTimeout = 18;
    private const int ProtocolIp = 0;
    private const int BindAddressNoPort = 24;
    private const int DeadAfterMilliseconds = 30_000;

    /// <summary>A tunnel may be silent for days, but a dead peer is found within half a minute, whether bytes are on their way or not.</summary>
    public static void ForTunnel(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
            socket.SetRawSocketOption(ProtocolTcp, UserTimeout, BitConverter.GetBytes(DeadAfterMilliseconds));
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // Closed already: whoever uses it next will see that.
        }
    }

    /// <summary>Lets the port be chosen when it connects, so that one address serves more than its 28,000 ports.</summary>
    public static void ForBoundCaller(Socket socket) => socket.SetRawSocketOption(ProtocolIp, BindAddressNoPort, BitConverter.GetBytes(1));

    /// <summary>Closes with a reset. Never throws.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.Close(timeout: 0);
        }
        catch (SocketException)
        {
            // Gone: that is what was wanted.
        }
    }
}
