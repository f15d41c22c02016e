using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running.Hosts;

namespace Gatehouse.EndToEnd.Tests.Mesh;

/// <summary>What a scanner tries on a port that it knows nothing of.</summary>
internal static class MeshScanner
{
    /// <summary>Sends each probe on a connection of its own, from a host; how many bytes came back in all within so many seconds.</summary>
    public static async Task<int> ScanAsync(LabHost from, IPAddress to, int port, double seconds = 2)
    {
        byte[][] probes =
        [
            [],
            Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            Convert.FromHexString("160301002f0100002b0303" + Convert.ToHexString(RandomNumberGenerator.GetBytes(32)) + "000004130113020100"),
            RandomNumberGenerator.GetBytes(88),
            [.. Encoding.ASCII.GetBytes("GHMESH01"), .. RandomNumberGenerator.GetBytes(80)],
            [.. Encoding.ASCII.GetBytes("GHMESH01"), .. RandomNumberGenerator.GetBytes(4096)],
            [0, 7, (byte)'N', 0, 0, 0, 0, 0, 0],
            Encoding.ASCII.GetBytes("\r\n\r\n\r\n"),
        ];
        return (await Task.WhenAll(probes.Select(p => ProbeAsync(from, to, port, p, seconds)))).Sum();
    }

    private static async Task<int> ProbeAsync(LabHost from, IPAddress to, int port, byte[] probe, double seconds)
    {
        using Socket socket = await from.ConnectAsync(to, port);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        byte[] answer = new byte[4096];
        try
        {
            await socket.SendAsync(probe, SocketFlags.None, limit.Token);
            return await socket.ReceiveAsync(answer, SocketFlags.None, limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Silence, or the end without a word.
            return 0;
        }
    }
}
