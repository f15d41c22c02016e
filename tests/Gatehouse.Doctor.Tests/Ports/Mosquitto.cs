using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Testing.Network;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>A real broker on loopback.</summary>
internal sealed class Mosquitto : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private Mosquitto(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
    }

    public IPEndPoint EndPoint { get; }

    public static async Task<Mosquitto> StartAsync(bool isAnonymous)
    {
        int port = FreePorts.Next();
        string folder = Directory.CreateTempSubdirectory("gatehouse-mqtt-").FullName;
        string file = Path.Combine(folder, "mosquitto.conf");
        await File.WriteAllTextAsync(file, $"listener {port} 127.0.0.1\nallow_anonymous {(isAnonymous ? "true" : "false")}\npersistence false\nlog_dest none\nuser root\n");
        var start = new ProcessStartInfo(File.Exists("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto", ["-c", file]);
        var broker = new Mosquitto(Process.Start(start)!, folder, port);
        for (int i = 0; i < 100; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(broker.EndPoint);
                return broker;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        await broker.DisposeAsync();
        throw new InvalidOperationException("mosquitto does not listen");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
