using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>An upstream that is down, slow, cut off, foreign or talks nonsense: a clear answer, a record, never a short success.</summary>
public sealed class Upstream_failures : IAsyncLifetime
{
    private readonly int _gate = Ports.Free();
    private readonly int _upstream = Ports.Free();
    private Daemon _daemon = null!; // made in InitializeAsync, before any test

    public async ValueTask InitializeAsync()
    {
        _daemon = new Daemon(
            $"gates:\n  svc:\n    protocol: http\n    listen: 127.0.0.1:{_gate}\n    upstream: http://127.0.0.1:{_upstream}\n    idle_timeout: 2s\n");
        await _daemon.StartAsync();
    }

    public async ValueTask DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public async Task Down()
    {
        using HttpResponseMessage answer = await GetAsync();

        answer.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await ErrorAsync(answer)).ShouldStartWith("GH7");
        await RecordedAsync("upstream_unreachable");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "upstream_cut")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "upstream_cut")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", "upstream_malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "upstream_malformed")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 0\n\n", "upstream_malformed")]
    [InlineData("not http at all\r\n\r\n", "upstream_malformed")]
    public async Task Cut_off_or_malformed(string answerBytes, string word)
    {
        Task serve = ServeAsync(_upstream, answerBytes);

        bool failed = false;
        try
        {
            using HttpResponseMessage answer = await GetAsync();
            failed = answer.StatusCode == HttpStatusCode.BadGateway;
        }
        catch (Exception cut) when (cut is HttpRequestException or SocketException)
        {
            failed = true;
        }

        failed.ShouldBeTrue("a broken answer reached the client as a success");
        await serve;
        await RecordedAsync(word);
    }

    [Fact]
    public async Task Slow()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _upstream);
        listener.Start();

        using HttpResponseMessage answer = await GetAsync();

        answer.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        await RecordedAsync("upstream_timeout");
    }

    [Fact]
    public async Task Held_by_somebody_else()
    {
        // Any user of the host may bind a free loopback port; the gate must not hand him what is meant for the service.
        ShellResult uid = await Shell.RunAsync("id", ["-u"]);
        Assert.SkipUnless(uid.Output.Trim() == "0", "another user can only be had as root");
        var script = $"import http.server; http.server.HTTPServer(('127.0.0.1',{_upstream}), http.server.SimpleHTTPRequestHandler).serve_forever()";
        using System.Diagnostics.Process other = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", script])
        { UseShellExecute = false, WorkingDirectory = "/", RedirectStandardError = true })!;
        try
        {
            await Ports.WaitForAsync(_upstream);

            using HttpResponseMessage answer = await GetAsync();

            answer.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
            await RecordedAsync("upstream_refused_owner");
            _daemon.Trail().ShouldContain(r => r.GetProperty("event.action").GetString() == "alarm");
        }
        finally
        {
            other.Kill();
            await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Listens when it returns; answers one connection.</summary>
    private static async Task ServeAsync(int port, string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        using Socket socket = await listener.AcceptSocketAsync();
        byte[] buffer = new byte[4096];
        await socket.ReceiveAsync(buffer);
        await socket.SendAsync(Encoding.ASCII.GetBytes(answer));
        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveAsync(buffer);
    }

    private async Task<HttpResponseMessage> GetAsync() =>
        await _daemon.Client(_gate, "admin", _daemon.Password).GetAsync("/x", TestContext.Current.CancellationToken);

    private static async Task<string> ErrorAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("id").GetString()!; // every answer of the gate has one

    private async Task RecordedAsync(string word)
    {
        for (int i = 0; i < 60; i++)
        {
            if (_daemon.Trail().Any(r => r.TryGetProperty("gatehouse.forward", out JsonElement f) && f.GetString() == word))
            {
                return;
            }

            await Task.Delay(50);
        }

        string.Join('\n', _daemon.Trail().TakeLast(4)).ShouldContain(word);
    }
}
