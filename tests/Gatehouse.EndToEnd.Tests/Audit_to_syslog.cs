using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>A daemon whose trail goes to syslog, from its first record to its last.</summary>
public sealed class Audit_to_syslog
{
    [Fact]
    public async Task From_the_start_to_the_stop()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var received = new StringBuilder();
        await using (Daemon daemon = await new Daemon($"audit:\n  outputs:\n    siem:\n      address: syslog+tcp://127.0.0.1:{port}\n      facility: local4\n").StartAsync())
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            Task reading = ReadAsync(client.GetStream(), received);
            daemon.Signal(15);
            await daemon.WaitForEndAsync();
            await reading;
            daemon.Error.ShouldNotContain("GH8010");
        }

        string all = received.ToString();
        all.ShouldContain(" gatehouse - segment_started [gatehouse@32473 seq=\"1\" ");
        all.ShouldContain(" gatehouse - node_started ");
        all.ShouldContain(" gatehouse - node_stopped ");
        all.ShouldContain("<166>1 ");
        all.ShouldContain("\"gatehouse.closed\":true");
    }

    private static async Task ReadAsync(NetworkStream stream, StringBuilder into)
    {
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            into.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        stream.Close();
    }
}
