using System.Net;
using System.Net.Sockets;
using Gatehouse.Testing.Network;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>Loopback ports for servers, and waiting for them.</summary>
internal static class Ports
{
    public static int Free() => FreePorts.Next();

    public static Task WaitForAsync(int port, double seconds = 20) => WaitForAsync(IPAddress.Loopback, port, seconds);

    public static async Task WaitForAsync(IPAddress address, int port, double seconds = 20)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(address, port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(5, limit.Token);
            }
        }
    }
}
