using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>Without a configuration: what answers on the known loopback ports gets a gate, and a stranger there does not.</summary>
public sealed class Discovery_on_the_first_start
{
    private const string Dashboards = "HTTP/1.1 200 OK\r\nkbn-name: here\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nkibana";
    private const string Search = "HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    private const string Ignite = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\nConnection: close\r\n\r\n{\"state\":\"START\"}";
    private const string Foreign = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    [Fact]
    public async Task A_known_system_gets_its_gate_and_a_stranger_is_left_alone()
    {
        using var stop = new CancellationTokenSource();
        Task servers = Task.WhenAll(ServeAsync(5601, Dashboards, stop.Token), ServeAsync(9200, Search, stop.Token),
            ServeAsync(10300, Ignite, stop.Token), ServeAsync(9094, Foreign, stop.Token));
        await using var daemon = new Daemon();
        File.Delete(daemon.ConfigurationFile);

        await daemon.StartAsync();

        daemon.Output.ShouldContain("https://127.0.0.1:5643");
        daemon.Output.ShouldContain("https://127.0.0.1:9243");
        daemon.Output.ShouldContain("https://127.0.0.1:10343");
        daemon.Output.ShouldNotContain("IPFS");
        string written = await File.ReadAllTextAsync(daemon.ConfigurationFile, TestContext.Current.CancellationToken);
        written.ShouldContain("kibana");
        written.ShouldContain("system: elasticsearch");
        written.ShouldContain("system: ignite-rest");
        (await daemon.CliAsync(["check"])).ExitCode.ShouldBe(0);
        (await daemon.Client(5643).GetAsync("/", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        string answer = await daemon.Client(5643, "admin", daemon.Password).GetStringAsync("/", TestContext.Current.CancellationToken);
        answer.ShouldBe("kibana");

        // Idempotent: the second start decides nothing again.
        await daemon.StopAsync();
        await daemon.StartAsync();
        (await File.ReadAllTextAsync(daemon.ConfigurationFile, TestContext.Current.CancellationToken)).ShouldBe(written);

        await stop.CancelAsync();
        await servers;
    }

    private static async Task ServeAsync(int port, string answer, CancellationToken stop)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        byte[] buffer = new byte[4096];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using Socket socket = await listener.AcceptSocketAsync(stop);
                await socket.ReceiveAsync(buffer, stop);
                await socket.SendAsync(Encoding.ASCII.GetBytes(answer), stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // A probe that left early.
            }
        }
    }
}
