using System.Net.Sockets;

namespace Gatehouse.Engine.Connections;

/// <summary>Lets the kernel find out about dead ends of connections that may rightly be silent for hours.</summary>
internal static class SocketKeepAlive
{
    /// <summary>Asks after 60 seconds of silence, four times; nothing on Unix sockets, whose ends cannot be lost.</summary>
    public static void Set(Socket? socket)
    {
        if (socket is null || socket.AddressFamily == AddressFamily.Unix)
        {
            return;
        }

        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // Closed already: whoever uses it next will see that.
        }
    }
}
