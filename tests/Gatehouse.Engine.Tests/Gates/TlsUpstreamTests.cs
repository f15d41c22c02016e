using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Gatehouse.Engine.Tests.Listeners;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>An https upstream that ends a response by closing: whole only with TLS's own end (RFC 9112 section 9.8).</summary>
public sealed class TlsUpstreamTests
{
    private const string Response = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello";

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task With_a_close_notify_the_response_is_whole(SslProtocols version)
    {
        (string answer, string record) = await AskAsync(version, "GET", Response, static (tls, _) => tls.ShutdownAsync());

        answer.ShouldEndWith("\r\n5\r\nhello\r\n0\r\n\r\n");
        record.ShouldContain("AccessGranted Success");
        record.ShouldContain("forward=ok");
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Without_one_it_is_cut(SslProtocols version)
    {
        (string answer, string record) = await AskAsync(version, "GET", Response, static (_, _) => Task.CompletedTask);

        answer.ShouldContain("hello");
        answer.ShouldNotContain("\r\n0\r\n\r\n");
        record.ShouldContain("AccessGranted Failure");
        record.ShouldContain("forward=upstream_cut");
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task An_end_within_a_record_is_cut(SslProtocols version)
    {
        // The head of a record of application data, and less than it announces.
        (string answer, string record) = await AskAsync(
            version, "GET", Response, static async (_, socket) => await socket.SendAsync(new byte[] { 0x17, 0x03, 0x03, 0x00, 0x40, 1, 2, 3 }));

        answer.ShouldNotContain("\r\n0\r\n\r\n");
        record.ShouldContain("forward=upstream_cut");
    }

    [Fact]
    public async Task A_response_with_a_length_needs_no_close_notify()
    {
        (string answer, string record) = await AskAsync(
            SslProtocols.Tls13, "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", static (_, _) => Task.CompletedTask);

        answer.ShouldEndWith("\r\n\r\nhello");
        record.ShouldContain("forward=ok");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_changed_protocol_ends_visibly_cut_too(bool notify)
    {
        const string Switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello";

        (string answer, string record) = await AskAsync(
            SslProtocols.Tls13, "GET", Switching, (tls, _) => notify ? tls.ShutdownAsync() : Task.CompletedTask, "/ws", "Connection: Upgrade\r\nUpgrade: websocket\r\n");

        answer.ShouldEndWith("hello");
        record.ShouldContain(notify ? "forward=ok" : "forward=upstream_cut");
    }

    private static async Task<(string Answer, string Record)> AskAsync(
        SslProtocols version, string method, string response, Func<SslStream, Socket, Task> end, string target = "/stream", string headers = "")
    {
        var port = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task serving = ServeAsync(port, version, response, end);
        string ca = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(ca, TestCertificates.Root.Certificate.ExportCertificatePem());
        try
        {
            await using GateHarness gate = await GateHarness.StartAsync(
                $"https://127.0.0.1:{await port.Task}",
                c => c with { UpstreamCa = ca, UpstreamServerName = "first.test", Upgrade = ["websocket"] });
            using RawClient client = await RawClient.ConnectAsync(gate.Port);
            await client.SendAsync(GateHarness.Request("anna", method, target, headers.Length > 0 ? headers : "Connection: close\r\n"));
            string answer = await client.ReadToEndAsync();
            await serving;
            return (answer, await gate.Trail.WaitForAsync("AccessGranted"));
        }
        finally
        {
            File.Delete(ca);
        }
    }

    private static async Task ServeAsync(TaskCompletionSource<int> port, SslProtocols version, string response, Func<SslStream, Socket, Task> end)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port.SetResult(((IPEndPoint)listener.LocalEndpoint).Port);
        using Socket socket = await listener.AcceptSocketAsync();
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = new TestCertificates().Get(null),
            EnabledSslProtocols = version,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        });
        byte[] buffer = new byte[16 * 1024];
        string request = "";
        while (!request.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int count = await tls.ReadAsync(buffer);
            if (count == 0)
            {
                break;
            }

            request += Encoding.ASCII.GetString(buffer, 0, count);
        }

        await tls.WriteAsync(Encoding.ASCII.GetBytes(response));
        await end(tls, socket);

        // The end of the connection, not a reset that could overtake the data.
        socket.Shutdown(SocketShutdown.Send);
        while (await socket.ReceiveAsync(buffer) > 0)
        {
        }
    }
}
