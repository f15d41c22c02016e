using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>A real daemon, started by the launcher in a folder of its own.</summary>
internal sealed partial class Daemon : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private Process? _process;

    public Daemon(string? configuration = null, TemporaryFolder? folder = null)
    {
        Folder = folder ?? new TemporaryFolder();
        AdminPort = Ports.Free();
        WhoamiPort = Ports.Free();
        Environment = new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = Folder["config"], ["NO_COLOR"] = "1" };
        WriteConfiguration(configuration ?? "");
    }

    public TemporaryFolder Folder { get; }

    public int AdminPort { get; }

    public int WhoamiPort { get; }

    public Dictionary<string, string> Environment { get; }

    public string ConfigurationFile => Folder["gatehouse.yaml"];

    public string Data => Folder["data"];

    public string CaFile => Path.Combine(Data, "ca.crt");

    public string Password { get; private set; } = "";

    public int ProcessId => _process!.Id;

    /// <summary>User and system time of the daemon since its start.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>
    /// Writes gatehouse.yaml: whoami on a free port, no metrics, and what the test adds below <c>gates:</c> or after it.
    /// </summary>
    public void WriteConfiguration(string more)
    {
        int gates = more.IndexOf("gates:\n", StringComparison.Ordinal);
        string whoami = $"  whoami:\n    protocol: http\n    listen: 127.0.0.1:{WhoamiPort}\n    upstream: builtin:whoami\n";
        string body = gates < 0
            ? $"gates:\n{whoami}{more}"
            : more.Insert(gates + "gates:\n".Length, whoami);
        string metrics = more.Contains("metrics:", StringComparison.Ordinal) ? "" : "metrics: off\n";
        File.WriteAllText(ConfigurationFile, $"version: 1\nadmin:\n  listen: 127.0.0.1:{AdminPort}\n{metrics}{body}");
        File.SetUnixFileMode(ConfigurationFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>A program that becomes the daemon, with its arguments.</summary>
    public string[] Wrapper { get; init; } = [];

    public async Task<Daemon> StartAsync(double seconds = 60)
    {
        lock (_output)
        {
            _output.Clear();
        }

        lock (_error)
        {
            _error.Clear();
        }

        string[] line = [.. Wrapper, Repository.Launcher, "up", "--config", ConfigurationFile, "--data", Data];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach ((string key, string value) in Environment)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!Error.Contains("is ready on generation", StringComparison.Ordinal) || !Output.Contains('└', StringComparison.Ordinal))
        {
            if (_process.HasExited || limit.IsCancellationRequested)
            {
                throw new InvalidOperationException($"the daemon did not get ready:\n{Output}\n{Error}");
            }

            await Task.Delay(10);
        }

        if (PasswordLine().Match(Output) is { Success: true } match)
        {
            Password = match.Groups[1].Value;
        }

        return this;
    }

    public async Task<int> StopAsync()
    {
        Signal(15);
        await _process!.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
        return _process.ExitCode;
    }

    /// <summary>Waits for a daemon that was killed.</summary>
    public async Task WaitForEndAsync() => await _process!.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);

    public void Signal(int number)
    {
        if (Kill(_process!.Id, number) != 0)
        {
            throw new InvalidOperationException($"the daemon took no signal {number}");
        }
    }

    /// <summary>Runs a CLI command against this daemon.</summary>
    public Task<ShellResult> CliAsync(string[] arguments, string? input = null, double seconds = 30) =>
        Shell.RunAsync(Repository.Launcher, [.. arguments, "--data", Data, "--config", ConfigurationFile], input, Environment, seconds);

    /// <summary>Runs a CLI command that must succeed; its JSON.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        ShellResult result = await CliAsync([.. arguments, "--json"]);
        return result.ExitCode == 0
            ? JsonDocument.Parse(result.Output).RootElement
            : throw new InvalidOperationException($"gatehouse {string.Join(' ', arguments)}: {result}");
    }

    /// <summary>What it says of itself, problems included: they make the command's exit code 1.</summary>
    public async Task<JsonElement> StatusAsync()
    {
        ShellResult result = await CliAsync(["status", "--json"]);
        return result.ExitCode is 0 or 1 && result.Output.StartsWith("{\"node\"", StringComparison.Ordinal)
            ? JsonDocument.Parse(result.Output).RootElement
            : throw new InvalidOperationException($"gatehouse status: {result}");
    }

    /// <summary>Makes a user with a password.</summary>
    public async Task AddUserAsync(string name, string password, params string[] roles)
    {
        ShellResult result = await CliAsync(
            ["user", "add", name, "--password-file", "-", .. roles.SelectMany(static r => new[] { "--role", r })], password + "\n");
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"user add {name}: {result}");
        }
    }

    /// <summary>Makes a role from <c>system:action:resource</c> grants.</summary>
    public async Task SetRoleAsync(string name, params string[] grants)
    {
        ShellResult result = await CliAsync(["role", "set", name, .. grants.SelectMany(static g => new[] { "--grant", g })]);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"role set {name}: {result}");
        }
    }

    /// <summary>A client that trusts this daemon's CA only; <paramref name="dial"/> connects where the daemon is on another host.</summary>
    public HttpClient Client(
        int port, string? user = null, string? password = null, X509Certificate2? certificate = null, Func<int, Task<Socket>>? dial = null)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(CaFile);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
            },
        };
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        if (dial is not null)
        {
            handler.ConnectCallback = async (_, _) => new NetworkStream(await dial(port), ownsSocket: true);
        }

        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        handler.SslOptions.CertificateChainPolicy.ExtraStore.AddRange(roots);
        var client = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{port}/"), DefaultRequestVersion = HttpVersion.Version11 };
        if (user is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        }

        return client;
    }

    /// <summary>Every record of the trail.</summary>
    public JsonElement[] Trail() =>
        [.. Directory.GetFiles(Path.Combine(Data, "audit"), "audit-*.jsonl").Order(StringComparer.Ordinal)
            .SelectMany(static file =>
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                return new StreamReader(stream).ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            })
            .Select(static line => JsonDocument.Parse(line).RootElement)];

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            Signal(9);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        Folder.Dispose();
    }

    private static void Append(StringBuilder into, string? line)
    {
        lock (into)
        {
            into.AppendLine(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);

    [GeneratedRegex(@"([a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{5})", RegexOptions.NonBacktracking)]
    private static partial Regex PasswordLine();
}
