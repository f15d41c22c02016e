using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.EndToEnd.Tests.Ipfs;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ignite.Rest;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>
/// One daemon with gates before a stand-in of Ignite's REST API that knows the gate's own login alone: <c>rest</c> with the default
/// settings, <c>tight</c> with small limits and open health; <c>fresh</c> before a cluster that was never initialized, <c>gone</c> before
/// nobody. A user for each role, with the role's name; <c>orders</c> may deploy units <c>orders</c> alone, <c>tuner</c> change the configuration but for security.
/// </summary>
public sealed class RestGate : IAsyncLifetime
{
    /// <summary>The password of every user.</summary>
    public const string Password = "a-long-password-1";

    /// <summary>The gate's own password at the node.</summary>
    public const string Upstream = "the-gates-own-secret";

    /// <summary>Below it all endpoints lie.</summary>
    public const string Root = "/management/v1";

    /// <summary>The names of users with a role of that name.</summary>
    public static readonly string[] Roles = ["ignite_monitor", "ignite_operator", "ignite_deployer", "ignite_security", "ignite_admin"];

    private readonly Dictionary<string, int> _ports = new[] { "rest", "tight", "fresh", "gone" }.ToDictionary(static n => n, static _ => Ports.Free());

    private readonly ConcurrentDictionary<(string Gate, string User), HttpClient> _clients = new();

    internal Daemon Daemon { get; private set; } = null!; // InitializeAsync makes it

    public StandInRest Node { get; private set; } = null!; // likewise

    public StandInRest Fresh { get; private set; } = null!; // likewise

    public async ValueTask InitializeAsync()
    {
        var users = new Dictionary<string, string> { ["gate"] = Upstream };
        Node = await StandInRest.StartAsync(new StandInRestOptions { Users = users });
        Fresh = await StandInRest.StartAsync(new StandInRestOptions { Users = users, IsInitialized = false });
        var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["upstream"], Upstream);
        File.SetUnixFileMode(folder["upstream"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string login = $"    upstream_user: gate\n    upstream_password: file:{folder["upstream"]}\n    audit_body: 16KiB\n";
        const string Tight = "    ignite_rest:\n      max_unit_size: 4MiB\n      max_unit_files: 2\n      max_entries: 3\n      max_unpacked: 1MiB\n      open_health: true\n";
        Daemon = new Daemon(
            "gates:\n" + Gate("rest", Node.Address.Port, login) + Gate("tight", Node.Address.Port, login + Tight) + Gate("fresh", Fresh.Address.Port, login)
            + Gate("gone", Ports.Free(), login),
            folder);
        await Daemon.StartAsync();
        await Daemon.SetRoleAsync("orders", "ignite-rest:code.deploy orders:*");
        await Daemon.SetRoleAsync("tuner", "ignite-rest:config.read,config.write", "ignite-rest:cluster.init");
        foreach (string role in (string[])[.. Roles, "orders", "tuner"])
        {
            await Daemon.AddUserAsync(role, Password, role);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in _clients.Values)
        {
            client.Dispose();
        }

        await Daemon.DisposeAsync();
        await Fresh.DisposeAsync();
        await Node.DisposeAsync();
    }

    /// <summary>Where a gate listens.</summary>
    public Uri Address(string gate = "rest") => new($"https://127.0.0.1:{_ports[gate]}");

    /// <summary>Asks a gate on a connection of its own: <c>METHOD TARGET</c>, byte for byte.</summary>
    internal Task<WireAnswer> AskAsync(string gate, string? user, string line, params string[] headers) =>
        WireAnswer.AskAsync(Address(gate), line, user is null ? headers : [.. headers, "Authorization: " + Basic(user)]);

    /// <summary>The same with a body. The answer is over at its length: the gate may wait for more of a body that it refuses.</summary>
    internal async Task<WireAnswer> SendAsync(string gate, string user, string line, string type, byte[] body)
    {
        string[] words = line.Split(' ');
        using var request = new HttpRequestMessage(new HttpMethod(words[0]), words[1]) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using HttpResponseMessage answer = await _clients.GetOrAdd((gate, user), key => Daemon.Client(_ports[key.Gate], key.User, Password)).SendAsync(request);
        return new WireAnswer((int)answer.StatusCode, $"\n{answer.Headers}{answer.Content.Headers}".ReplaceLineEndings("\r\n"), await answer.Content.ReadAsStringAsync(), "");
    }

    /// <summary>Changes the cluster's configuration.</summary>
    internal Task<WireAnswer> ChangeAsync(string user, string hocon) =>
        SendAsync("rest", user, $"PATCH {Root}/configuration/cluster", "text/plain", Encoding.UTF8.GetBytes(hocon));

    /// <summary>The answer is a refusal of the gate's in Ignite's form.</summary>
    internal static JsonNode IsRefusal(WireAnswer answer, int status, string? problem = null)
    {
        answer.Status.ShouldBe(status, answer.ToString());
        answer.Header("Content-Type").ShouldBe("application/problem+json");
        JsonNode error = JsonNode.Parse(answer.Body)!;
        error["status"]!.GetValue<int>().ShouldBe(status);
        error["code"]!.GetValue<string>().ShouldStartWith(problem ?? "GH");
        return error;
    }

    /// <summary>The record of the trail that says this; it is there before the answer or soon after it.</summary>
    internal async Task<JsonElement> RecordAsync(string text)
    {
        for (int tries = 0; tries < 500; tries++)
        {
            if (Array.Find(Daemon.Trail(), r => r.GetRawText().Contains(text, StringComparison.Ordinal)) is { ValueKind: JsonValueKind.Object } found)
            {
                return found;
            }

            await Task.Delay(10);
        }

        throw new InvalidOperationException($"no record says {text}");
    }

    /// <summary>The value of an Authorization header.</summary>
    internal static string Basic(string user) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{Password}"));

    private string Gate(string name, int upstream, string more) =>
        $"  {name}:\n    protocol: http\n    system: ignite-rest\n    listen: 127.0.0.1:{_ports[name]}\n    upstream: http://127.0.0.1:{upstream}\n{more}";
}

/// <summary>The classes that share the daemon.</summary>
[CollectionDefinition(nameof(RestGate))]
public sealed class RestGateCollection : ICollectionFixture<RestGate>;
