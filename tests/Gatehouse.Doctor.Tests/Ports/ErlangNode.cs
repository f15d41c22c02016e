using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>A real Erlang node, started as EMQX starts one: a fixed port and no port mapper. It says which nodes come and go, and what it is told.</summary>
internal sealed class ErlangNode : IAsyncDisposable
{
    private const string Watch = """
        net_kernel:monitor_nodes(true, [{node_type, all}]),
        Me = self(),
        spawn(fun() -> L = fun(L) -> case io:get_line("") of eof -> halt(); T -> Me ! {string:trim(T), x, x}, L(L) end end, L(L) end),
        F = fun(F) -> receive M -> case element(1, M) of A when is_atom(A) -> io:format("~s~n", [A]); S -> io:format("~s~n", [S]) end, F(F) after 60000 -> halt() end end, F(F).
        """;

    private readonly Process _process;
    private readonly string _home;

    private ErlangNode(Process process, string home, int port)
    {
        _process = process;
        _home = home;
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public IPEndPoint EndPoint { get; }

    public string Name => Erlang_ports.NodeName(EndPoint.Port);

    /// <summary>Lines that it said, of its log as well.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    public static async Task<ErlangNode> StartAsync(string cookie, bool isTls = false)
    {
        int port = Erlang_ports.FreePort();
        string home = Directory.CreateTempSubdirectory("gatehouse-erl-").FullName;
        var start = new ProcessStartInfo("erl")
        {
            UseShellExecute = false,
            ArgumentList =
            {
                "-noshell", "-name", Erlang_ports.NodeName(port), "-setcookie", cookie, "-start_epmd", "false", "-erl_epmd_port", $"{port}",
                "-kernel", "inet_dist_use_interface", "{127,0,0,1}", "-eval", Watch.ReplaceLineEndings(" "),
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        if (isTls)
        {
            foreach (string option in new[] { await WriteTlsAsync(home), "-ssl_dist_optfile", "inet_tls", "-proto_dist" })
            {
                start.ArgumentList.Insert(0, option); // before the last one, which takes the rest
            }
        }

        start.Environment["HOME"] = home;
        var node = new ErlangNode(Process.Start(start)!, home, port);
        for (int i = 0; i < 200; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(node.EndPoint);

                // It listens before it watches.
                await node.TellAsync("ready");
                node.Said.Clear();
                return node;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        await node.DisposeAsync();
        throw new InvalidOperationException($"erl does not listen: {string.Join(' ', node.Said)}");
    }

    /// <summary>Tells it a line and waits until it has said it, and with it everything before.</summary>
    public async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        await WaitForAsync(line);
    }

    public async Task WaitForAsync(string line)
    {
        for (int i = 0; i < 200 && !Said.Contains(line); i++)
        {
            await Task.Delay(25);
        }

        if (!Said.Contains(line))
        {
            throw new TimeoutException($"the node did not say {line}, but: {string.Join(" | ", Said)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    // As EMQX ships it: a certificate, and nobody is asked for one.
    private static async Task<string> WriteTlsAsync(string home)
    {
        using X509Certificate2 certificate = TestPort.Certificate(365, "localhost");
        string pem = Path.Combine(home, "node.pem"), options = Path.Combine(home, "ssl_dist.conf");
        using RSA key = certificate.GetRSAPrivateKey()!;
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        await File.WriteAllTextAsync(options, $"[{{server, [{{certfile, \"{pem}\"}}, {{verify, verify_none}}]}}, {{client, [{{verify, verify_none}}]}}].\n");
        return options;
    }

    private void Keep(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            Said.Enqueue(line.Trim());
        }
    }
}
