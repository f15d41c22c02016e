using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Store.Etcd;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>Debian's etcd-server, one member or several, on loopback, open or with TLS, client certificates and users.</summary>
internal sealed partial class EtcdCluster : IAsyncDisposable
{
    public const string Password = "etcd-password-1";
    private const int Stop = 19;
    private const int Continue = 18;

    private readonly TemporaryFolder _folder = new();
    private readonly (int Client, int Peer, Process? Process)[] _members;
    private readonly string[] _extra;
    private readonly bool _secured;

    public EtcdCluster(int members = 1, bool secured = false, params string[] extra)
    {
        _members = [.. Enumerable.Range(0, members).Select(static _ => (Ports.Free(), Ports.Free(), (Process?)null))];
        _secured = secured;
        _extra = extra;
        if (secured)
        {
            MakeCertificates();
        }
    }

    public int Count => _members.Length;

    public string Folder => _folder.Path;

    public string[] Urls => [.. _members.Select(m => $"{Scheme}://127.0.0.1:{m.Client}")];

    private string Scheme => _secured ? "https" : "http";

    public async Task<EtcdCluster> StartAsync()
    {
        for (int i = 0; i < _members.Length; i++)
        {
            Start(i);
        }

        foreach ((int client, _, _) in _members)
        {
            await Ports.WaitForAsync(client);
        }

        if (_secured)
        {
            await AddUsersAsync();
        }

        return this;
    }

    /// <summary>How a store reaches it.</summary>
    public StoreConfiguration Configuration(string prefix = "gatehouse", string user = "gatehouse") => new()
    {
        Kind = StoreConfiguration.Etcd,
        Endpoints = [.. Urls],
        Prefix = prefix,
        Ca = _secured ? _folder["ca.pem"] : null,
        Certificate = _secured ? _folder["client.pem"] : null,
        Key = _secured ? _folder["client.key"] : null,
        User = _secured ? user : null,
        Password = _secured ? new SecretReference(_folder["password"], null) : null,
    };

    public EtcdSettings Settings(string prefix = "gatehouse") => EtcdSettings.Load(Configuration(prefix), _folder.Path);

    /// <summary>kill -9.</summary>
    public async Task KillAsync(int member)
    {
        Process process = _members[member].Process!;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _members[member].Process = null;
    }

    /// <summary>Starts a member again with the data it has.</summary>
    public async Task RestartAsync(int member)
    {
        Start(member);
        await Ports.WaitForAsync(_members[member].Client);
    }

    /// <summary>SIGSTOP: it takes connections, and says nothing.</summary>
    public void Hang(int member) => _ = Signal(_members[member].Process!.Id, Stop);

    public void Wake(int member) => _ = Signal(_members[member].Process!.Id, Continue);

    /// <summary>Asks as root, over the same gateway.</summary>
    public async Task<JsonElement> AskAsync(string path, object body, bool asRoot = false)
    {
        using HttpClient http = Http();
        if (asRoot)
        {
            JsonElement login = await SendAsync(http, "auth/authenticate", new { name = "root", password = Password });
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", login.GetProperty("token").GetString());
        }

        return await SendAsync(http, path, body);
    }

    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < _members.Length; i++)
        {
            if (_members[i].Process is { HasExited: false })
            {
                await KillAsync(i);
            }
        }

        _folder.Dispose();
    }

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static async Task<JsonElement> SendAsync(HttpClient http, string path, object body)
    {
        using var content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage answer = await http.PostAsync(new Uri("v3/" + path, UriKind.Relative), content);
        string text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement.Clone() : throw new InvalidOperationException($"{path}: {text}");
    }

    private HttpClient Http()
    {
        // Its own CA signed it, and what is asked here is test material.
#pragma warning disable CA5400, MA0039
        var handler = new HttpClientHandler();
        if (_secured)
        {
            handler.ServerCertificateCustomValidationCallback = static (_, _, _, _) => true;
            handler.ClientCertificates.Add(X509Certificate2.CreateFromPemFile(_folder["client.pem"], _folder["client.key"]));
        }

        return new HttpClient(handler) { BaseAddress = new Uri(Urls[0]), Timeout = TimeSpan.FromSeconds(10) };
#pragma warning restore CA5400, MA0039
    }

    private async Task AddUsersAsync()
    {
        await WaitForLeaderAsync();
        await AskAsync("auth/user/add", new { name = "root", password = Password });
        await AskAsync("auth/role/add", new { name = "root" });
        await AskAsync("auth/user/grant", new { user = "root", role = "root" });
        await AskAsync("auth/user/add", new { name = "gatehouse", password = Password });
        await AskAsync("auth/role/add", new { name = "gatehouse" });
        await AskAsync("auth/role/grant", new
        {
            name = "gatehouse",
            perm = new { permType = "READWRITE", key = Base64("gatehouse/"), range_end = Base64("gatehouse0") },
        });
        await AskAsync("auth/user/grant", new { user = "gatehouse", role = "gatehouse" });
        await AskAsync("auth/enable", new { });
    }

    private async Task WaitForLeaderAsync()
    {
        for (int i = 0; ; i++)
        {
            try
            {
                await AskAsync("kv/range", new { key = Base64("x") });
                return;
            }
            catch (Exception fault) when (i < 50 && fault is InvalidOperationException or HttpRequestException or TaskCanceledException)
            {
                await Task.Delay(100);
            }
        }
    }

    private void Start(int member)
    {
        (int client, int peer, _) = _members[member];
        List<string> arguments =
        [
            "--name", $"m{member}", "--data-dir", _folder[$"m{member}"], "--log-level", "error",
            "--listen-client-urls", $"{Scheme}://127.0.0.1:{client}", "--advertise-client-urls", $"{Scheme}://127.0.0.1:{client}",
            "--listen-peer-urls", $"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{peer}",
            "--initial-cluster", string.Join(',', _members.Select(static (m, i) => $"m{i}=http://127.0.0.1:{m.Peer}")),
            .. _extra,
        ];
        if (_secured)
        {
            arguments.AddRange(["--cert-file", _folder["server.pem"], "--key-file", _folder["server.key"], "--client-cert-auth", "--trusted-ca-file", _folder["ca.pem"]]);
        }

        var process = Process.Start(new ProcessStartInfo("etcd", arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.Path,
        })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        _members[member].Process = process;
    }

    private void MakeCertificates()
    {
        using var authority = new DirectoryAuthority("etcd test");
        File.WriteAllText(_folder["ca.pem"], authority.Pem);
        Write("server", authority.Sign("127.0.0.1", "localhost"));
        Write("named", authority.Sign("somebody"));
        Write("client", authority.SignWithoutName());
        WriteSecret("password", Password + "\n");
    }

    private void Write(string name, (string Certificate, string Key) pair)
    {
        File.WriteAllText(_folder[name + ".pem"], pair.Certificate);
        WriteSecret(name + ".key", pair.Key);
    }

    private void WriteSecret(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
