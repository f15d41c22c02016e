using System.Diagnostics;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Tls;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests;

public sealed class Tls_floor_holds_in_a_process_of_its_own
{
    [Theory]
    [InlineData("memory")]
    [InlineData("file")]
    public async Task Only_what_the_floor_names_is_accepted(string kind)
    {
        using TemporaryFolder folder = new();
        await using TlsProcess server = await TlsProcess.StartAsync(folder, kind);

        await RefusedAsync(folder, server, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA");
        await RefusedAsync(folder, server, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256");
        await RefusedAsync(folder, server, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384");
        await RefusedAsync(folder, server, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
        await RefusedAsync(folder, server, "-tls1_3", "-groups", "P-384");
        await AcceptedAsync(folder, server, "Cipher is ECDHE-ECDSA-AES128-GCM-SHA256", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256");
        await AcceptedAsync(folder, server, "Cipher is ECDHE-ECDSA-CHACHA20-POLY1305", "-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305");
        await AcceptedAsync(folder, server, "Cipher is TLS_AES_256_GCM_SHA384", "-tls1_3", "-groups", "X25519");
        await AcceptedAsync(folder, server, "Cipher is TLS_AES_256_GCM_SHA384", "-tls1_3", "-groups", "P-256");
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Sessions_are_still_resumed(string version)
    {
        using TemporaryFolder folder = new();
        await using TlsProcess server = await TlsProcess.StartAsync(folder, "memory");
        string[] connect = ["s_client", "-connect", server.Address, "-CAfile", "data/ca.crt", version, "-ign_eof"];

        // -ign_eof waits for the server's line, with which TLS 1.3's ticket has arrived; the server's close ends it.
        await folder.RunAsync("timeout", ["2", "openssl", .. connect, "-sess_out", "session"]);
        (await folder.RunAsync("timeout", ["2", "openssl", .. connect, "-sess_in", "session"])).Output.ShouldContain("Reused, TLSv1");
    }

    [Fact]
    public async Task Without_the_floor_the_same_server_accepts_what_it_refuses_with_it()
    {
        using TemporaryFolder folder = new();
        await using TlsProcess server = await TlsProcess.StartAsync(folder, "none");
        await AcceptedAsync(folder, server, "Cipher is ECDHE-ECDSA-AES128-SHA256", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256");
    }

    [Fact]
    public async Task Curl_accepts_the_server_by_the_printed_ca_file()
    {
        using TemporaryFolder folder = new();
        await using TlsProcess server = await TlsProcess.StartAsync(folder, "memory");
        foreach (string host in new[] { "127.0.0.1", "localhost" })
        {
            (int code, string output) = await folder.RunAsync(
                "curl", "-sS", "-m", "2", "--noproxy", "*", "--http0.9", "--cacert", "data/ca.crt", $"https://{host}:{server.Port}/");

            // 28: TLS stood, and the server has no HTTP to say; 60 would be a certificate that does not verify.
            code.ShouldBe(28, output);
            output.ShouldContain("served");
        }

        (await folder.RunAsync("curl", "-sS", "-m", "2", "--noproxy", "*", $"https://127.0.0.1:{server.Port}/")).Code.ShouldBe(60);
    }

    private static async Task RefusedAsync(TemporaryFolder folder, TlsProcess server, params string[] arguments)
    {
        (int code, string output) = await folder.RunAsync("openssl", ["s_client", "-connect", server.Address, "-CAfile", "data/ca.crt", .. arguments]);
        code.ShouldNotBe(0, output);
        output.ShouldContain("Cipher is (NONE)");
        output.ShouldContain("alert", Case.Insensitive, "the server refused, not the client");
    }

    private static async Task AcceptedAsync(TemporaryFolder folder, TlsProcess server, string expected, params string[] arguments)
    {
        (int code, string output) = await folder.RunAsync(
            "openssl", ["s_client", "-connect", server.Address, "-CAfile", "data/ca.crt", "-verify_return_error", .. arguments]);
        code.ShouldBe(0, output);
        output.ShouldContain(expected);
        output.ShouldContain("Verify return code: 0 (ok)");
    }

    private sealed class TlsProcess(Process process, string port) : IAsyncDisposable
    {
        public string Port { get; } = port;

        public string Address => "127.0.0.1:" + Port;

        public static async Task<TlsProcess> StartAsync(TemporaryFolder folder, string floor)
        {
            PrivateFolder.Ensure(folder["data"]);
            OpenSslConfiguration.Write(folder["data"]);
            ProcessStartInfo start = new(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath! : "dotnet")
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
                ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Gatehouse.Subject.dll"), "tls", floor, folder["data"] },
            };
            Process process = Process.Start(start) ?? throw new InvalidOperationException("no process");
            string? port = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
            return new TlsProcess(process, port ?? throw new InvalidOperationException("the server did not start"));
        }

        public async ValueTask DisposeAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
