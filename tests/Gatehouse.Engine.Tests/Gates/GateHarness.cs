using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Swarm;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ignite.Rest;
using Gatehouse.Testing.Network;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>Production gates on loopback, with a trail and a realm of memory: anna may everything, bert may read, carl nothing.</summary>
internal sealed class GateHarness : IAsyncDisposable
{
    public const string Table = """
        GET,HEAD  /read            read    -
        GET,HEAD  /stream          read    -     query=n
        GET       /ws              socket  -     upgrade
        GET,PUT   /items/{id}      item    {id}  body=stream(64MiB) query=a,b
        DELETE    /items/{id}      drop    {id}
        POST      /echo            write   -     body=stream(64MiB)
        POST      /small           write   -     body=stream(1KiB)
        POST      /json            write   /key  body=json(4KiB) fields=/key,/value
        POST      /doc             write   /key  body=json(4KiB) fields=any
        POST      /login           write   /key  body=json(4KiB) fields=any secret-body
        """;

    private readonly ConnectionRegistry _registry;
    private readonly FakeRealm _realm = new();
    private long _epoch = 1;

    public GateHarness()
        : this(systems: null)
    {
    }

    private GateHarness(Func<GateModel, GateEnvironment, ISystemSteps?>? systems)
    {
        Snapshots = new SnapshotHolder(Compile(StartDocument()));
        PolicedAuditTrail policed = new(Trail, Snapshots);
        _registry = new ConnectionRegistry(Snapshots, policed, TimeProvider.System, NullLogger<ConnectionRegistry>.Instance);
        AdmissionControl admission = new(Snapshots, policed, TimeProvider.System);
        Environment = new GateEnvironment
        {
            Node = "test-node",
            Pipeline = new ListenerPipeline(admission, _registry, TimeProvider.System, NullLogger<ListenerPipeline>.Instance),
            Snapshots = Snapshots,
            Authenticator = _realm,
            Trail = policed,
            Owners = new SocketOwners(TimeProvider.System),
            Systems = systems,
            Protocols = static (gate, shared) => gate.System == Words.Swarm ? new SwarmGate(shared, gate) : null,
            Time = TimeProvider.System,
            Loggers = Log,
        };
        Gates = new GateSet(Environment);
    }

    public FakeTrail Trail { get; } = new();

    public FaultLog Log { get; } = new();

    public SnapshotHolder Snapshots { get; }

    public GateEnvironment Environment { get; }

    public GateSet Gates { get; }

    public int Port { get; private set; }

    public LimitsConfiguration Limits { get; private init; } = new();

    public static ClusterDocument StartDocument() => new()
    {
        Users = ImmutableSortedDictionary<string, UserDocument>.Empty
            .Add("anna", new UserDocument { Name = "anna", Roles = ["all"] })
            .Add("bert", new UserDocument { Name = "bert", Roles = ["reader"] })
            .Add("carl", new UserDocument { Name = "carl" }),
        Roles = ImmutableSortedDictionary<string, RoleDocument>.Empty
            .Add("all", new RoleDocument { Name = "all", Grants = [new Grant { System = "*", Actions = ["*"] }] })
            .Add("reader", new RoleDocument { Name = "reader", Grants = [new Grant { System = "test", Actions = ["read"] }] }),
    };

    /// <summary>A started gate in front of an upstream on a loopback port.</summary>
    public static async Task<GateHarness> StartAsync(int upstreamPort, Func<GateConfiguration, GateConfiguration>? change = null) =>
        await StartAsync($"http://127.0.0.1:{upstreamPort}", change);

    /// <summary>A started gate.</summary>
    public static async Task<GateHarness> StartAsync(
        string upstream,
        Func<GateConfiguration, GateConfiguration>? change = null,
        ClientAuthorities? clients = null,
        LimitsConfiguration? limits = null,
        Func<GateModel, GateEnvironment, ISystemSteps?>? systems = null)
    {
        GateHarness harness = new(systems) { Limits = limits ?? new LimitsConfiguration() };
        harness.Certificates.ClientAuthorities = clients ?? ClientAuthorities.None;
        harness.Port = FreePort();
        await harness.Gates.ApplyAsync([harness.Model(upstream, change)], CancellationToken.None);
        GateStatus status = harness.Gates.Status[0];
        return status.State == GateState.Listening ? harness : throw new InvalidOperationException(status.Problem?.ToString());
    }

    /// <summary>Certificates for gates with <c>tls: true</c>.</summary>
    public TestCertificates Certificates { get; } = new();

    public GateModel Model(string upstream, Func<GateConfiguration, GateConfiguration>? change = null, UpstreamOwnerRule? owners = null)
    {
        GateConfiguration configuration = new()
        {
            Name = "g",
            Protocol = "http",
            Listen = $"127.0.0.1:{Port}",
            Upstream = upstream,
            Tls = false,
        };
        configuration = change?.Invoke(configuration) ?? configuration;
        List<Problem> problems = [];
        Catalogue? catalogue = upstream.StartsWith("builtin:", StringComparison.Ordinal) ? null
            : configuration.System == IgniteRestCatalogue.System ? IgniteRestCatalogue.Routes
            : Catalogue.Parse("test", Table, "test", problems);
        ListenerSettings listener = new()
        {
            Gate = configuration.Name,
            Limits = Limits,
            Certificates = configuration.Tls ? Certificates : null,
            TlsVersions = configuration.TlsVersions,
            TlsCiphers = configuration.TlsCiphers,
            AsksLocalUser = configuration.Realms.Contains(RealmNames.Local),
            ClientCertificate = configuration.Realms.Contains("pki") ? ClientCertificateMode.Optional : ClientCertificateMode.None,
        };
        return GateModel.TryCreate(
            configuration, catalogue, listener, owners ?? UpstreamOwnerRule.Any, [], problems)
            ?? throw new InvalidOperationException(string.Join("; ", problems));
    }

    /// <summary>Puts a changed document in force.</summary>
    public void Change(Func<ClusterDocument, ClusterDocument> change) =>
        Snapshots.Swap(Compile(change(Snapshots.Current.Document)));

    /// <summary>Sends bytes on a new connection and reads to its end, or to the end of one response.</summary>
    public async Task<string> SendAsync(string bytes)
    {
        using RawClient client = await RawClient.ConnectAsync(Port);
        await client.SendAsync(bytes);
        return await client.ReadResponseAsync();
    }

    /// <summary>A request of a user.</summary>
    public static string Request(string user, string method, string target, string headers = "", string body = "") =>
        $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {Basic(user)}\r\n{headers}\r\n{body}";

    public static string Basic(string user) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:secret"));

    public static int FreePort() => FreePorts.Next();

    public async ValueTask DisposeAsync()
    {
        await Gates.DisposeAsync();
        _registry.Dispose();
        Log.Faults.ShouldBeEmpty();
    }

    private SecuritySnapshot Compile(ClusterDocument document)
    {
        List<Problem> problems = [];
        return SnapshotCompiler.Compile(_epoch++, _epoch, document, problems)
            ?? throw new InvalidOperationException(string.Join("; ", problems));
    }

    /// <summary>Knows every user of the snapshot by the password <c>secret</c>.</summary>
    private sealed class FakeRealm : IAuthenticator
    {
        public bool TryGetCached(in AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? authenticated)
        {
            string? authorization = request.Authorization;
            authenticated = snapshot.Document.Users.Values
                .Where(user => user.Enabled && authorization == Basic(user.Name))
                .Select(user => new Authenticated(new Principal(user.Name, RealmNames.Native), user.CredentialVersion, user.Password))
                .FirstOrDefault();
            return authenticated is not null;
        }

        public ValueTask<AuthenticationResult> AuthenticateAsync(
            AuthenticationRequest request, SecuritySnapshot snapshot, CancellationToken cancellation) =>
            ValueTask.FromResult(request.Authorization switch
            {
                null => new AuthenticationResult(AuthenticationStatus.Missing),
                "Basic limited" => new AuthenticationResult(AuthenticationStatus.Limited, RetryAfter: TimeSpan.FromSeconds(7)),
                _ => new AuthenticationResult(AuthenticationStatus.Refused, PresentedName: "who"),
            });
    }
}
