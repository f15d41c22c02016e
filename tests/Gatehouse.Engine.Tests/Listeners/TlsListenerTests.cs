using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Listeners;

public sealed class TlsListenerTests
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Bytes_go_both_ways_over_tls(SslProtocols version)
    {
        await using TestListener listener = await TestListener.StartAsync();
        using TestClient client = await listener.ConnectTlsAsync(versions: version);
        client.Tls.SslProtocol.ShouldBe(version);
        (await client.EchoAsync("hello")).ShouldBe("hello");
        string large = new('x', 300_000);
        Task<string> echo = client.EchoAsync(large);
        (await echo).ShouldBe(large);
        listener.Admission.Counters.HandshakesDone.ShouldBe(1);
        listener.Admission.Counters.Handshakes.ShouldBe(0);
    }

    [Fact]
    public async Task The_gate_sees_the_facts_of_the_handshake()
    {
        var seen = new TaskCompletionSource<(Secured? Secured, bool Kestrel)>();
        await using TestListener listener = await TestListener.StartAsync(
            static s => s with { ApplicationProtocols = ListenerSettings.HttpProtocols },
            async connection =>
            {
                bool kestrel = connection.Features.Get<ITlsConnectionFeature>() is not null
                    && connection.Features.Get<ITlsHandshakeFeature>()?.Protocol == SslProtocols.Tls13
                    && connection.Features.Get<ITlsApplicationProtocolFeature>()!.ApplicationProtocol.Span.SequenceEqual("h2"u8);
                seen.SetResult((connection.Features.Get<IGateConnectionFeature>()?.Secured, kestrel));
                await TestListener.EchoAsync(connection);
            });
        using TestClient client = await listener.ConnectTlsAsync(versions: SslProtocols.Tls13);
        (Secured? secured, bool kestrel) = await seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
        kestrel.ShouldBeTrue();
        secured.ShouldNotBeNull().ServerName.ShouldBe("first.test");
        secured.ApplicationProtocol.ShouldBe(SslApplicationProtocol.Http2);
        secured.ClientCertificate.ShouldBeNull();
        listener.Certificates.LastName.ShouldBe("first.test");
        client.Tls.RemoteCertificate!.Subject.ShouldBe("CN=first.test");
    }

    [Fact]
    public async Task A_new_certificate_serves_new_connections_and_drops_no_old_one()
    {
        await using TestListener listener = await TestListener.StartAsync();
        using TestClient old = await listener.ConnectTlsAsync();
        (await old.EchoAsync("before")).ShouldBe("before");
        listener.Certificates.Swap("second.test");
        using TestClient fresh = await listener.ConnectTlsAsync();
        fresh.Tls.RemoteCertificate!.Subject.ShouldBe("CN=second.test");
        (await fresh.EchoAsync("new")).ShouldBe("new");
        (await old.EchoAsync("after")).ShouldBe("after");
    }

    [Fact]
    public async Task The_end_of_the_answer_is_a_close_notify()
    {
        await using TestListener listener = await TestListener.StartAsync(handler: static async connection =>
        {
            await connection.Transport.Output.WriteAsync("bye"u8.ToArray());
            await connection.Transport.Output.CompleteAsync();
        });
        using TestClient client = await listener.ConnectTlsAsync();
        byte[] back = new byte[16];
        int total = 0;
        int count;

        // SslStream throws on a connection cut off without one.
        while ((count = await client.Tls.ReadAsync(back.AsMemory(total))) > 0)
        {
            total += count;
        }

        Encoding.ASCII.GetString(back, 0, total).ShouldBe("bye");
    }

    [Theory]
    [InlineData("-tls1_1 -cipher ALL:@SECLEVEL=0", "compatible", false)]
    [InlineData("-tls1_2", "compatible", true)]
    [InlineData("-tls1_2", "modern", false)]
    [InlineData("-tls1_3", "modern", true)]
    public async Task Only_the_profiles_versions_are_spoken(string arguments, string profile, bool good)
    {
        await using TestListener listener = await TestListener.StartAsync(s => s with { TlsProfile = profile });
        (int exit, string output) = await OpenSslAsync($"s_client -connect {listener.Address} {arguments}", "Q\n");
        (exit == 0 && output.Contains("CN = first.test", StringComparison.Ordinal)).ShouldBe(good, output);
        if (!good)
        {
            (await listener.Trail.NextAsync(AuditAction.TlsFailed)).Reason.ShouldBe(RefusalReasons.HandshakeFailed);
        }
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Handshakes_are_resumed_until_the_certificate_changes(string version)
    {
        await using TestListener listener = await TestListener.StartAsync();
        string file = Path.Combine(Path.GetTempPath(), $"gatehouse-session-{Guid.NewGuid():n}");
        try
        {
            (_, string first) = await OpenSslAsync($"s_client -connect {listener.Address} {version} -sess_out {file}", "hello\n", "hello");
            first.ShouldContain("New, TLS");
            File.Exists(file).ShouldBeTrue(first);
            (_, string second) = await OpenSslAsync($"s_client -connect {listener.Address} {version} -sess_in {file}", "hello\n", "hello");
            second.ShouldContain("Reused, TLS");
            listener.Certificates.Swap("second.test");
            (_, string third) = await OpenSslAsync($"s_client -connect {listener.Address} {version} -sess_in {file}", "hello\n", "hello");
            third.ShouldContain("New, TLS");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Renegotiation_is_refused()
    {
        await using TestListener listener = await TestListener.StartAsync();
        (_, string output) = await OpenSslAsync($"s_client -connect {listener.Address} -tls1_2", "R\n", "the end");
        output.ShouldContain("RENEGOTIATING");
        output.ShouldNotContain("read R BLOCK");
    }

    [Fact]
    public async Task Clear_text_http_is_told_that_this_port_speaks_tls()
    {
        await using TestListener listener = await TestListener.StartAsync(
            static s => s with { ApplicationProtocols = ListenerSettings.HttpProtocols });
        string answer = await SendRawAsync(listener, "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpi\r\n\r\n"u8.ToArray());
        answer.ShouldStartWith("HTTP/1.1 400 ");
        answer.ShouldEndWith("this port speaks TLS\n");
        AuditEvent record = await listener.Trail.NextAsync(AuditAction.TlsFailed);
        record.Reason.ShouldBe(RefusalReasons.PlainHttp);
        record.Message.ShouldBeNull();
    }

    [Theory]
    [InlineData("00010203")]
    [InlineData("80")]
    [InlineData("505249204f")]
    public async Task Garbage_is_closed_without_an_answer(string hex)
    {
        await using TestListener listener = await TestListener.StartAsync();
        (await SendRawAsync(listener, Convert.FromHexString(hex))).ShouldBeEmpty();
        (await listener.Trail.NextAsync(AuditAction.TlsFailed)).Reason.ShouldBe(RefusalReasons.NotTls);
    }

    [Fact]
    public async Task Garbage_that_begins_like_tls_is_closed()
    {
        await using TestListener listener = await TestListener.StartAsync();
        await SendRawAsync(listener, [0x16, 0x03, 0x01, 0x00, 0x05, 0xff, 0xff, 0xff, 0xff, 0xff]);
        AuditEvent record = await listener.Trail.NextAsync(AuditAction.TlsFailed);
        record.Reason.ShouldBe(RefusalReasons.HandshakeFailed, record.Message);
        listener.Admission.Counters.Handshakes.ShouldBe(0);
    }

    [Fact]
    public async Task A_handshake_that_rests_is_cut_at_the_deadline()
    {
        await using TestListener listener = await TestListener.StartAsync(
            static s => s with { Limits = s.Limits with { HandshakeTimeout = TimeSpan.FromMilliseconds(300) } });
        long start = Stopwatch.GetTimestamp();
        (await SendRawAsync(listener, [0x16, 0x03, 0x01, 0x02, 0x00])).ShouldBeEmpty();
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await listener.Trail.NextAsync(AuditAction.TlsFailed)).Reason.ShouldBe(RefusalReasons.HandshakeTimeout);
        (await SendRawAsync(listener, [])).ShouldBeEmpty();
        (await listener.Trail.NextAsync(AuditAction.TlsFailed)).Reason.ShouldBe(RefusalReasons.HandshakeTimeout);
    }

    internal static async Task<string> SendRawAsync(TestListener listener, byte[] data)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var answer = new MemoryStream();
        try
        {
            using TcpClient client = await listener.ConnectAsync();
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(data, limit.Token);
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (SocketException)
        {
            // Reset before the connect was through.
        }
        catch (IOException)
        {
            // Reset: closed all the same.
        }

        return Encoding.ASCII.GetString(answer.ToArray());
    }

    // The input is closed once `until` was seen in the output, or at once without it.
    internal static async Task<(int Exit, string Output)> OpenSslAsync(string arguments, string input, string? until = null)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("openssl", arguments)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        var output = new StringBuilder();
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            await process.StandardInput.FlushAsync(limit.Token);
            string? line;
            while (until is not null && (line = await process.StandardOutput.ReadLineAsync(limit.Token)) is not null)
            {
                output.AppendLine(line);
                if (line == until)
                {
                    break;
                }
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended already.
        }

        output.Append(await process.StandardOutput.ReadToEndAsync(limit.Token));
        output.Append(await errors);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output.ToString());
    }
}
