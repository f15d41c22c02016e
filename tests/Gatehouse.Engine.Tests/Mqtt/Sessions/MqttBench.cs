using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Mqtt;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Engine.Tests.Mqtt.ClientIds;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>
/// A production MQTT gate on loopback before a <see cref="FakeBroker"/>. anna may everything, bert below <c>a/</c> but not
/// <c>a/deny/</c> and <c>low/</c> at QoS 0 only, carl nothing; the password is <c>secret</c>.
/// </summary>
internal sealed class MqttBench : IAsyncDisposable
{
    private readonly ConcurrentBag<RawConnection> _clients = [];
    private readonly FakeRealm _realm = new();
    private readonly ClientIdBook _book;
    private readonly TimeProvider _time;
    private Func<GateConfiguration, GateConfiguration> _change = static g => g;
    private long _epoch = 1;
    private int _port;
    private ListenerSettings? _listener;

    private MqttBench(FakeBroker broker, TimeProvider time)
    {
        _time = time;
        Broker = broker;
        Snapshots = new SnapshotHolder(Compile(StartDocument()));
        PolicedAuditTrail policed = new(Trail, Snapshots);
        Connections = new ConnectionRegistry(Snapshots, policed, time, NullLogger<ConnectionRegistry>.Instance);
        AdmissionControl admission = new(Snapshots, policed, time);
        _book = new ClientIdBook(new MemoryStore(), time, NullLogger.Instance, new ClientIdLimits());
        Gates = new GateSet(new GateEnvironment
        {
            Node = "test-node",
            Pipeline = new ListenerPipeline(admission, Connections, time, NullLogger<ListenerPipeline>.Instance),
            Snapshots = Snapshots,
            Authenticator = _realm,
            Trail = policed,
            Owners = new SocketOwners(TimeProvider.System),
            Protocols = (model, environment) => new MqttGate(environment, model, _book),
            Time = time,
            Loggers = Log,
        });
    }

    public FakeBroker Broker { get; }

    public MqttTrail Trail { get; } = new();

    public FaultLog Log { get; } = new();

    public SnapshotHolder Snapshots { get; }

    public ConnectionRegistry Connections { get; }

    public GateSet Gates { get; }

    public TestCertificates Certificates { get; } = new();

    /// <summary>What the realms were asked.</summary>
    public IReadOnlyCollection<AuthenticationRequest> Logins => _realm.Requests;

    /// <summary>A started gate; settings of MQTT and of the gate may be changed.</summary>
    public static async Task<MqttBench> StartAsync(
        Func<MqttConfiguration, MqttConfiguration>? mqtt = null,
        Func<GateConfiguration, GateConfiguration>? gate = null,
        FakeBroker? broker = null,
        TimeProvider? time = null,
        ClientAuthorities? clients = null)
    {
        MqttBench bench = new(broker ?? new FakeBroker(), time ?? TimeProvider.System);
        bench.Certificates.ClientAuthorities = clients ?? ClientAuthorities.None;
        bench._port = GateHarness.FreePort();
        bench._change = g => (gate ?? (static same => same))(g with { Mqtt = (mqtt ?? (static same => same))(new MqttConfiguration()) });
        await bench._book.LoadAsync(CancellationToken.None);
        await bench.ApplyAsync();
        return bench;
    }

    public static ClusterDocument StartDocument() => new()
    {
        Users = ImmutableSortedDictionary<string, UserDocument>.Empty
            .Add("anna", new UserDocument { Name = "anna", Roles = ["all"] })
            .Add("bert", new UserDocument { Name = "bert", Roles = ["some"] })
            .Add("carl", new UserDocument { Name = "carl" }),
        Roles = ImmutableSortedDictionary<string, RoleDocument>.Empty
            .Add("all", new RoleDocument { Name = "all", Grants = [Allow("#")] })
            .Add("some", new RoleDocument
            {
                Name = "some",
                Grants =
                [
                    Allow("a/#"),
                    Allow("low/#") with { When = new GrantConditions { Qos = [0] } },
                    Allow("a/deny/#") with { Effect = GrantEffect.Deny },
                ],
            }),
    };

    public static Grant Allow(string filter) => new() { System = "mqtt", Actions = ["publish", "subscribe"], Resources = [filter] };

    /// <summary>Puts changed settings of the gate in force.</summary>
    public async Task ApplyAsync(Func<GateConfiguration, GateConfiguration>? more = null)
    {
        Func<GateConfiguration, GateConfiguration> before = _change;
        _change = more is null ? before : g => more(before(g));
        await Gates.ApplyAsync([Model()], CancellationToken.None);
        GateStatus status = Gates.Status[0];
        status.State.ShouldBe(GateState.Listening, status.Problem?.ToString());
    }

    /// <summary>Puts a changed document in force.</summary>
    public void Change(Func<ClusterDocument, ClusterDocument> change) => Snapshots.Swap(Compile(change(Snapshots.Current.Document)));

    /// <summary>Gives bert's role other grants.</summary>
    public void Grant(params Grant[] grants) => Change(document => document with
    {
        Roles = document.Roles.SetItem("some", document.Roles["some"] with { Grants = [.. grants] }),
    });

    /// <summary>A connection without a CONNECT.</summary>
    public async Task<RawConnection> ConnectAsync(MqttEndpoint? endpoint = null)
    {
        RawConnection client = await RawConnection.OpenAsync((endpoint ?? new MqttEndpoint(0)) with { Port = _port });
        _clients.Add(client);
        return client;
    }

    /// <summary>A connection that the caller closes.</summary>
    public Task<RawConnection> ConnectUntrackedAsync() => RawConnection.OpenAsync(new MqttEndpoint(_port));

    /// <summary>CONNECT, and its answer as a line; null where the gate just closed.</summary>
    public async Task<string?> ConnectAsync(ConnectFields fields)
    {
        RawConnection client = await ConnectAsync();
        await client.SendAsync(Packet.Connect(fields));
        string? answer = (await client.ReadAsync())?.Describe(fields.Level);
        if (answer is not null && !answer.EndsWith("code=00", StringComparison.Ordinal))
        {
            (await client.ReadAsync()).ShouldBeNull("the gate says something after a refusal");
        }

        return answer;
    }

    /// <summary>A user's session, the broker's end of it with CONNECT read.</summary>
    public async Task<(RawConnection Client, BrokerPeer Broker)> OpenAsync(int level = 4, string user = "bert", Func<ConnectFields, ConnectFields>? change = null)
    {
        RawConnection client = await ConnectAsync();
        ConnectFields fields = new(level, $"c{Guid.NewGuid():n}"[..20]) { User = user, Password = "secret" };
        await client.SendAsync(Packet.Connect(change?.Invoke(fields) ?? fields));
        Received? answer = await client.ReadAsync();
        answer.ShouldNotBeNull("the gate just closed");
        answer.Describe(level).ShouldBe("CONNACK present=0 code=00");
        return (client, await Broker.AcceptedAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RawConnection client in _clients)
        {
            await client.DisposeAsync();
        }

        await Broker.DisposeAsync();
        await Gates.DisposeAsync();
        Connections.Dispose();
        await _book.DisposeAsync();
        Log.Faults.ShouldBeEmpty();
        Trail.Reserved.ShouldBe(0);
    }

    private GateModel Model()
    {
        GateConfiguration configuration = _change(new GateConfiguration
        {
            Name = "g",
            Protocol = "mqtt",
            Listen = $"127.0.0.1:{_port}",
            Upstream = $"tcp://127.0.0.1:{Broker.Port}",
            Tls = false,
        });
        _listener ??= new ListenerSettings
        {
            Gate = configuration.Name,
            Certificates = configuration.Tls ? Certificates : null,
            ClientCertificate = configuration.Realms.Contains("pki") ? ClientCertificateMode.Optional : ClientCertificateMode.None,
        };
        List<Problem> problems = [];
        return GateModel.TryCreate(configuration, null, _listener, UpstreamOwnerRule.Any, [], problems)
            ?? throw new InvalidOperationException(string.Join("; ", problems));
    }

    private SecuritySnapshot Compile(ClusterDocument document)
    {
        List<Problem> problems = [];
        return SnapshotCompiler.Compile(_epoch++, _epoch, document, problems)
            ?? throw new InvalidOperationException(string.Join("; ", problems));
    }

    /// <summary>Knows every user by the password <c>secret</c>, anna by any bearer token, and who a certificate says.</summary>
    private sealed class FakeRealm : IAuthenticator
    {
        public ConcurrentQueue<AuthenticationRequest> Requests { get; } = new();

        public bool TryGetCached(in AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? authenticated) =>
            throw new InvalidOperationException("a gate for MQTT has no requests to remember logins for");

        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, SecuritySnapshot snapshot, CancellationToken cancellation)
        {
            Requests.Enqueue(request);
            string? text = request.Authorization;
            if (text is null)
            {
                return ValueTask.FromResult(request.Certificate is { } certificate
                    ? new AuthenticationResult(AuthenticationStatus.Accepted, new Authenticated(new Principal(certificate.Subject[3..], RealmNames.Pki, [$"pki.{certificate.Subject[3..]}"]), 0))
                    : new AuthenticationResult(AuthenticationStatus.Missing));
            }

            string name = text.StartsWith("Bearer ", StringComparison.Ordinal) ? "anna:secret" : Encoding.UTF8.GetString(Convert.FromBase64String(text["Basic ".Length..]));
            UserDocument? user = snapshot.Document.Users.Values.FirstOrDefault(u => u.Enabled && name == $"{u.Name}:secret");
            return ValueTask.FromResult(
                name.EndsWith(":limited", StringComparison.Ordinal) ? new AuthenticationResult(AuthenticationStatus.Limited, RetryAfter: TimeSpan.FromSeconds(7))
                : user is null ? new AuthenticationResult(AuthenticationStatus.Refused, PresentedName: name.Split(':')[0])
                : new AuthenticationResult(
                    AuthenticationStatus.Accepted, new Authenticated(new Principal(user.Name, RealmNames.Native), user.CredentialVersion, user.Password)));
        }
    }
}
