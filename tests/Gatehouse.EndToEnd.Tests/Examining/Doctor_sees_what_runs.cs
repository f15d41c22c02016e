using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Examining;

/// <summary>
/// <c>gatehouse doctor</c> over a host on which something runs: a real Java process with the class and the arguments of
/// Elasticsearch that answers on its port as a node without security does.
/// </summary>
public sealed class Doctor_sees_what_runs : IAsyncDisposable
{
    private const string Program = """
        package org.elasticsearch.bootstrap;
        import com.sun.net.httpserver.HttpServer;
        import java.net.InetSocketAddress;
        public class Elasticsearch {
          public static void main(String[] a) throws Exception {
            HttpServer server = HttpServer.create(new InetSocketAddress(a[0], Integer.parseInt(a[1])), 0);
            byte[] body = "{\"name\":\"n1\",\"cluster_name\":\"c\",\"version\":{\"number\":\"8.15.0\"},\"tagline\":\"You Know, for Search\"}".getBytes();
            server.createContext("/", x -> {
              x.getResponseHeaders().add("X-elastic-product", "Elasticsearch");
              x.getResponseHeaders().add("Content-Type", "application/json");
              x.sendResponseHeaders(200, body.length);
              x.getResponseBody().write(body);
              x.close();
            });
            server.start();
          }
        }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _processes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in _processes)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task The_file_that_the_process_uses_is_compared_with_its_port()
    {
        int port = Ports.Free();
        await CompileAsync();
        Process node = await StartAsync("0.0.0.0", port);

        ShellResult look = await DoctorAsync("--json");
        look.ExitCode.ShouldBe(1, look.ToString());
        JsonElement round = JsonDocument.Parse(look.Output).RootElement;
        JsonElement system = round.GetProperty("systems").EnumerateArray().Single(s => s.GetProperty("subject").GetString() == Config);
        string[] layers = [.. system.GetProperty("layers").EnumerateArray().Select(static l => l.GetString()!)];
        layers.ShouldContain("file");
        layers.ShouldContain("process");
        JsonElement[] own = [.. round.GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("subject").GetString() == Config)];
        own.ShouldContain(static f => f.GetProperty("check").GetString() == "ES-001");

        // The file says loopback, and the process listens on every address: both places are the evidence.
        JsonElement contradiction = own.Single(static f => f.GetProperty("check").GetString() == "ES-072");
        contradiction.GetRawText().ShouldContain(Config);
        contradiction.GetRawText().ShouldContain(port.ToString(CultureInfo.InvariantCulture));
        string process = node.Id.ToString(CultureInfo.InvariantCulture);
        own.Select(static f => f.GetRawText()).ShouldContain(text => text.Contains(process, StringComparison.Ordinal));

        // The whole host.
        round.GetProperty("took_ms").GetDouble().ShouldBeLessThan(5000);
    }

    [Fact]
    public async Task A_watch_speaks_when_something_has_changed()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Config)!);
        await File.WriteAllTextAsync(Config, "xpack.security.enabled: true\n", TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(Repository.Launcher, ["doctor", Config, "--watch", "--every", "1"]) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["NO_COLOR"] = "1";
        Process watch = Process.Start(start)!;
        _processes.Add(watch);
        await SayAsync(watch, "checks in");
        await File.WriteAllTextAsync(Config, "xpack.security.enabled: false\n", TestContext.Current.CancellationToken);
        (await SayAsync(watch, "checks in")).ShouldContain("ES-001");
    }

    private string Config => _folder["home/config/elasticsearch.yml"];

    private static async Task<string> SayAsync(Process process, string last)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string said = "";
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            said += line + "\n";
            if (line.Contains(last, StringComparison.Ordinal))
            {
                return said;
            }
        }

        throw new InvalidOperationException($"it ended: {said}");
    }

    private async Task CompileAsync()
    {
        string source = _folder["java/org/elasticsearch/bootstrap/Elasticsearch.java"];
        Directory.CreateDirectory(Path.GetDirectoryName(source)!);
        await File.WriteAllTextAsync(source, Program, TestContext.Current.CancellationToken);
        ShellResult compiled = await Shell.RunAsync("javac", [source]);
        compiled.ExitCode.ShouldBe(0, compiled.ToString());
    }

    private async Task<Process> StartAsync(string address, int port)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Config)!);
        await File.WriteAllTextAsync(Config, string.Create(CultureInfo.InvariantCulture, $"network.host: 127.0.0.1\nhttp.port: {port}\nxpack.security.enabled: false\n"), TestContext.Current.CancellationToken);
        string[] arguments =
        [
            $"-Des.path.home={_folder["home"]}", $"-Des.path.conf={_folder["home/config"]}", "-cp", _folder["java"],
            "org.elasticsearch.bootstrap.Elasticsearch", address, port.ToString(CultureInfo.InvariantCulture),
        ];
        Process process = Process.Start(new ProcessStartInfo("java", arguments) { UseShellExecute = false })!;
        _processes.Add(process);
        await Ports.WaitForAsync(port);
        return process;
    }

    private static Task<ShellResult> DoctorAsync(params string[] arguments) =>
        Shell.RunAsync(Repository.Launcher, ["doctor", .. arguments], environment: new Dictionary<string, string> { ["NO_COLOR"] = "1" });
}
