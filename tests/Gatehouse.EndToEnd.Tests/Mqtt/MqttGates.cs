using Gatehouse.EndToEnd.Tests.Mqtt.Conformance;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Mqtt.Brokers;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>
/// One daemon with gates before two mosquittos and one aedes. Users: tester (everything, and reads <c>$SYS</c>), alice (publishes and
/// subscribes <c>a/#</c>, but nothing below <c>a/secret</c>; reads <c>low/#</c> at QoS 0, publishes <c>norm/#</c> unretained) and bob (as alice).
/// </summary>
public sealed class MqttGates : IAsyncLifetime
{
    public const string Password = Stage.Password;

    private static readonly string[] Names = ["plain", "secure", "web", "websecure", "strict", "own", "narrow", "overweb", "aedes", "small", "hostile", "login", "trusting", "proxied", "wss", "enhanced", "inflight"];

    private readonly TemporaryFolder _folder = new();
    private readonly DirectoryAuthority _authority = new("brokers");
    private readonly Dictionary<string, int> _ports = Names.ToDictionary(static n => n, static _ => Ports.Free());

    internal Daemon Daemon { get; private set; } = null!; // InitializeAsync makes it

    public MosquittoBroker Broker { get; private set; } = null!; // likewise

    /// <summary>Behind the gate hostile, for whoever leaves something behind.</summary>
    public MosquittoBroker Spare { get; private set; } = null!; // likewise

    public AedesBroker Aedes { get; private set; } = null!; // likewise

    /// <summary>Behind the gate login: alice only, with her password, and <c>a/#</c>.</summary>
    public MosquittoBroker Own { get; private set; } = null!; // likewise

    /// <summary>Behind the gate trusting: believes names; tester everything, alice <c>a/#</c>.</summary>
    public MosquittoBroker Trusting { get; private set; } = null!; // likewise

    /// <summary>Behind the gates proxied, enhanced and inflight.</summary>
    public ScriptedBroker Scripted { get; } = new();

    /// <summary>Gates in clear text, by name.</summary>
    public MqttEndpoint Gate(string name) => name switch
    {
        "secure" or "aedes" or "proxied" => new MqttEndpoint(_ports[name]) { CaFile = Daemon.CaFile },
        "web" => new MqttEndpoint(_ports[name]) { WebSocket = new WebSocketRequest() },
        "websecure" => new MqttEndpoint(_ports[name]) { CaFile = Daemon.CaFile, WebSocket = new WebSocketRequest() },
        _ => new MqttEndpoint(_ports[name]),
    };

    public async ValueTask InitializeAsync()
    {
        Broker = await MosquittoBroker.StartAsync(new MosquittoOptions { More = Suite.BrokerLines });
        Spare = await MosquittoBroker.StartAsync(new MosquittoOptions { More = Suite.BrokerLines });
        Own = await MosquittoBroker.StartAsync(new MosquittoOptions { Users = [("alice", Password)], Acl = "user alice\ntopic readwrite a/#\n" });
        Trusting = await MosquittoBroker.StartAsync(new MosquittoOptions { Acl = "user tester\ntopic readwrite #\nuser alice\ntopic readwrite a/#\n" });
        Aedes = await AedesBroker.StartAsync(await MqttClients.FolderAsync(), _authority.Sign("localhost", "127.0.0.1"));
        await File.WriteAllTextAsync(_folder["brokers.pem"], _authority.Pem);
        Daemon = new Daemon(
            "limits: { connections: 20000, connections_per_source: 10000 }\ngates:\n"
            + Entry("plain", "tls: false", Broker.Port)
            + Entry("secure", "", Broker.Port)
            + Entry("web", "tls: false", Broker.Port, "transport: websocket")
            + Entry("websecure", "", Broker.Port, "transport: websocket")
            + Entry("strict", "tls: false", Broker.Port, "deny_action: disconnect")
            + Entry("own", "tls: false", Broker.Port, "client_ids: ['${username}-*', 'one']", "connections_per_user: 2")
            + Entry("narrow", "tls: false", Broker.Port, "max_packet: 2KiB", "max_connect: 1KiB", "max_keep_alive: 30s", "max_topic_levels: 5", "max_subscriptions: 3", "connect_timeout: 1s")
            + Entry("overweb", "tls: false", Broker.WebSocketPort, "").Replace("tcp://", "ws://", StringComparison.Ordinal)
            + Entry("aedes", "", Aedes.Port)
            + Entry("hostile", "tls: false", Spare.Port, "broker: spare")
            + Entry("login", "tls: false", Own.Port, "broker: own", "credentials: client")
            + Entry("trusting", "tls: false", Trusting.Port, "broker: trusting", "credentials: client")
            + Entry("proxied", "", Scripted.Port, "broker: scripted", "proxy_protocol: true")
            + Entry("enhanced", "tls: false", Scripted.Port, "broker: scripted", "enhanced_authentication: pass")
            + Entry("inflight", "tls: false", Scripted.Port, "broker: scripted", "max_inflight: 2")
            + Entry("wss", $"tls: false\n    upstream_ca: {_folder["brokers.pem"]}", Aedes.SecureWebSocketPort, "broker: aedes").Replace("tcp://", "wss://", StringComparison.Ordinal)
            + Entry("small", "tls: false", Broker.Port, "max_topic_aliases: 2"));
        await Daemon.StartAsync();
        await Daemon.SetRoleAsync("everything", "mqtt:publish,subscribe:#", "mqtt:subscribe:$SYS/#");
        await SetAliceAsync("a/#");
        await Daemon.AddUserAsync(Stage.User, Password, "everything");
        await Daemon.AddUserAsync("alice", Password, "some");
        await Daemon.AddUserAsync("bob", Password, "some");

        // Wrong passwords of one test are counted by source: the right ones of all others are known by then.
        foreach (string user in (string[])[Stage.User, "alice", "bob"])
        {
            await using Player player = await JoinAsync("plain", 4, user, $"first-{user}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        await Aedes.DisposeAsync();
        await Own.DisposeAsync();
        await Trusting.DisposeAsync();
        Scripted.Dispose();
        _authority.Dispose();
        _folder.Dispose();
        await Spare.DisposeAsync();
        await Broker.DisposeAsync();
    }

    /// <summary>What alice and bob may.</summary>
    internal async Task SetAliceAsync(string filter)
    {
        string role = $$"""
            grants:
            - { system: mqtt, actions: [publish, subscribe], resources: ["{{filter}}"] }
            - { effect: deny, system: mqtt, actions: [publish, subscribe], resources: ["a/secret/#"] }
            - { system: mqtt, actions: [subscribe], resources: ["low/#"], when: { qos: [0] } }
            - { system: mqtt, actions: [publish], resources: ["norm/#"], when: { retain: false } }
            """;
        ShellResult set = await Daemon.CliAsync(["role", "set", "some", "-f", "-"], role);
        set.ExitCode.ShouldBe(0, set.ToString());
    }

    /// <summary>A client of a gate that was accepted.</summary>
    internal async Task<Player> JoinAsync(string gate, int level, string user, string clientId, Func<ConnectFields, ConnectFields>? with = null)
    {
        Player player = await TryAsync(gate, level, user, clientId, with);
        player.News().ShouldBe(["CONNACK present=0 code=00"]);
        return player;
    }

    /// <summary>A client of a gate that has its answer.</summary>
    internal async Task<Player> TryAsync(string gate, int level, string user, string clientId, Func<ConnectFields, ConnectFields>? with = null)
    {
        Player player = await Player.OpenAsync(Gate(gate), level);
        var fields = new ConnectFields(level, clientId) { User = user, Password = Password };
        return await player.ConnectAsync(with is null ? fields : with(fields));
    }

    /// <summary>A client of the broker itself, subscribed to filters at QoS 2; what others left there does not come.</summary>
    internal async Task<Player> BehindAsync(string clientId, params string[] filters)
    {
        Player player = await Player.OpenAsync(Broker.Endpoint, 5);
        await player.ConnectAsync(new ConnectFields(5, clientId));
        if (filters.Length > 0)
        {
            await player.SendAsync(Packet.Subscribe(5, 1, [.. filters.Select(static f => (f, 0x22))]));
            await player.FenceAsync();
        }

        player.News();
        return player;
    }

    private string Entry(string name, string more, int broker, params string[] options) =>
        $"  {name}:\n    protocol: mqtt\n    listen: 127.0.0.1:{_ports[name]}\n    upstream: tcp://127.0.0.1:{broker}\n"
        + (more.Length > 0 ? $"    {more}\n" : "")
        + (options.Any(static o => o.Length > 0) ? $"    mqtt:\n{string.Concat(options.Select(static o => $"      {o}\n"))}" : "");
}

/// <summary>The classes that share the daemon.</summary>
[CollectionDefinition(nameof(MqttGates))]
public sealed class MqttGatesCollection : ICollectionFixture<MqttGates>;
