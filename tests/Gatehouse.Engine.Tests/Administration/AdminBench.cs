using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Testing.Time;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>What a call came to.</summary>
internal sealed record Reply(int Status, string Body, IHeaderDictionary Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? ErrorId => Json.GetProperty("error").GetProperty("id").GetString();
}

/// <summary>The whole API in memory: real pipeline, table and policy; fakes around it.</summary>
internal sealed class AdminBench : IDisposable
{
    public const int OwnProcess = 4242;
    public const uint OwnUser = 990;

    /// <summary>A key of <c>reader</c> that nobody has the secret of.</summary>
    public const string KnownKey = "AAAAAAAAAAAAAAAAAAAA";

    /// <summary>What is kept of realm <c>corp</c>.</summary>
    public static readonly DirectorySettings Corp = new()
    {
        Urls = ["ldap://127.0.0.1:3891", "ldap://127.0.0.1:3892"],
        AllowClearText = true,
        BindDn = "cn=search,dc=example,dc=com",
        BindPassword = "never shown to anybody",
        UserBase = "ou=people,dc=example,dc=com",
    };

    public FakeClientIds ClientIds { get; } = new();

    public FakePinOwners Pins { get; } = new();

    public FakeMesh Mesh { get; } = new();

    private readonly HashQueue _hashes = new(16, 1);

    /// <param name="with">What a test has besides.</param>
    public AdminBench(Func<AdminServices, AdminServices>? with = null)
    {
        // As the catalogue of the gate `etcd` does when a node loads it.
        foreach (string action in new[] { "kv.range", "kv.put", "kv.delete", "watch" })
        {
            SystemAction.Intern("etcd", action);
        }

        var document = new ClusterDocument
        {
            Users = new[] { User("admin", BuiltInRoles.Superuser), User("nobodyyet"), User("reader", "app-reader"), User("auditor", BuiltInRoles.Auditor), User("clerk", "clerk") }
                .ToImmutableSortedDictionary(static u => u.Name, static u => u, StringComparer.Ordinal),
            Roles = new[]
            {
                new RoleDocument { Name = "app-reader", Grants = [new Grant { System = "etcd", Actions = ["kv.range"], Resources = ["app/**"] }] },
                new RoleDocument { Name = "clerk", Grants = [new Grant { System = "gatehouse", Actions = ["user.*"], Resources = ["temp-*"] }] },
                new RoleDocument { Name = "unused" },
                new RoleDocument { Name = "mapped" },
            }.ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
            Realms = new[]
            {
                new RealmDocument { Name = "corp", Kind = RealmKind.Ldap, Version = 3, Directory = Corp },
                new RealmDocument { Name = "spare", Kind = RealmKind.Anonymous, Enabled = false, Anonymous = new AnonymousSettings { Roles = ["mapped"] } },
            }.ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
            Mappings = new[] { new MappingDocument { Name = "readers", Roles = ["mapped"], Realms = ["corp"], Groups = ["readers"] } }
                .ToImmutableSortedDictionary(static m => m.Name, static m => m, StringComparer.Ordinal),
            ApiKeys = new[] { new ApiKeyDocument { Id = KnownKey, Name = "old", Owner = "reader", OwnerSince = DateTimeOffset.UnixEpoch, Hash = Convert.ToBase64String(new byte[32]) } }
                .ToImmutableSortedDictionary(static k => k.Id, static k => k, StringComparer.Ordinal),
            Networks = [new AddressRule(AddressRuleEffect.Deny, "10.6.6.6")],
            Membership = FakeMesh.Membership,
        };
        Snapshots = new SnapshotHolder(SnapshotCompiler.Compile(1, 1, document, [])!);
        Changes = new FakeChanges(Snapshots);
        var services = new AdminServices
        {
            Snapshots = Snapshots,
            Changes = Changes,
            Node = Node,
            Authenticator = new FakeAuthenticator(),
            Trail = new PolicedAuditTrail(Trail, Snapshots),
            AuditAccess = Audit,
            Generations = (generation, _, _) => new(generation == Changes.Generation ? Changes.Current : Changes.History.GetValueOrDefault(generation)),
            History = (limit, _) => new(Changes.List(limit)),
            Connections = new ConnectionRegistry(Snapshots, Trail, Time, NullLogger<ConnectionRegistry>.Instance),
            Realms = Realms,
            ClientIds = ClientIds,
            Mesh = Mesh,
            Pins = Pins,
            Time = Time,
            IsOwnHost = static host => host == "gate.test:7443",
            ProcessId = OwnProcess,
            UserId = OwnUser,
        };
        Services = with is null ? services : with(services);
        Table = AdminEndpoints.Create(Services, _hashes);
        Application = new AdminApplication(Services, new Lazy<AdminEndpointTable>(Table), NullLogger<AdminApplication>.Instance);
    }

    private static UserDocument User(string name, params string[] roles) => new()
    {
        Name = name,
        Roles = [.. roles],
        Password = PasswordHash.Decoy,
        Created = DateTimeOffset.UnixEpoch,
        Changed = DateTimeOffset.UnixEpoch,
    };

    public ManualTime Time { get; } = new();

    public FakeTrail Trail { get; } = new();

    public FakeAuditAccess Audit { get; } = new();

    public FakeNode Node { get; } = new();

    public FakeConnection Connection { get; } = new();

    public FakeRealms Realms { get; } = new();

    public SnapshotHolder Snapshots { get; }

    public FakeChanges Changes { get; }

    public AdminServices Services { get; }

    public AdminEndpointTable Table { get; }

    public AdminApplication Application { get; }

    /// <summary>Calls over HTTPS as a user (null: without credentials).</summary>
    public Task<Reply> CallAsync(string? user, string method, string target, string? body = null, Action<HttpContext>? change = null, string password = "right") =>
        RunAsync(Request(method, target, body, http =>
        {
            http.Features.Set<IGateConnectionFeature>(Connection);
            http.Request.Headers.Host = "gate.test:7443";
            if (user is not null)
            {
                http.Request.Headers.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
            }

            change?.Invoke(http);
        }));

    /// <summary>Calls over the Unix socket.</summary>
    public Task<Reply> CallLocallyAsync(int process, uint uid, string method, string target, string? body = null) =>
        RunAsync(Request(method, target, body, http =>
        {
            http.Features.Set<IPeerCredentialFeature>(new FakePeer(new PeerCredentials(process, uid, uid)));
            http.Request.Headers.Host = "localhost";
        }));

    /// <summary>Starts a call that streams; gives its answer's stream.</summary>
    public (Task Run, NotifyingStream Output, AbortFeature Abort) Start(string user, string target)
    {
        DefaultHttpContext http = Request("GET", target, null, http =>
        {
            http.Features.Set<IGateConnectionFeature>(Connection);
            http.Request.Headers.Host = "gate.test:7443";
            http.Request.Headers.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:right"));
        });
        var abort = new AbortFeature();
        http.Features.Set<IHttpRequestLifetimeFeature>(abort);
        var output = new NotifyingStream();
        http.Response.Body = output;
        return (Application.RunAsync(http), output, abort);
    }

    public AuditEvent Last(AuditAction action) => Trail.Records.Last(record => record.Action == action);

    public void Dispose()
    {
        Services.Connections.Dispose();
        _hashes.Dispose();
    }

    private async Task<Reply> RunAsync(DefaultHttpContext http)
    {
        await Application.RunAsync(http);
        return new Reply(http.Response.StatusCode, Encoding.UTF8.GetString(((MemoryStream)http.Response.Body).ToArray()), http.Response.Headers);
    }

    private static DefaultHttpContext Request(string method, string target, string? body, Action<HttpContext> change)
    {
        var http = new DefaultHttpContext();
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        http.Request.Protocol = "HTTP/1.1";
        http.Request.Method = method;
        http.Request.Path = target.StartsWith('/') ? new PathString(target.Split('?')[0]) : new PathString("/");
        http.Request.QueryString = target.Contains('?', StringComparison.Ordinal) ? new QueryString(target[target.IndexOf('?', StringComparison.Ordinal)..]) : default;
        http.Response.Body = new MemoryStream();
        if (body is not null)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(body);
            http.Request.Body = new MemoryStream(bytes);
            http.Request.ContentLength = bytes.Length;
            http.Request.ContentType = "application/json";
        }

        change(http);
        return http;
    }
}

/// <summary>Whether the connection was aborted.</summary>
internal sealed class AbortFeature : IHttpRequestLifetimeFeature
{
    private readonly CancellationTokenSource _source = new();

    public AbortFeature() => RequestAborted = _source.Token;

    public CancellationToken RequestAborted { get; set; }

    public bool IsAborted { get; private set; }

    public void Abort()
    {
        IsAborted = true;
        _source.Cancel();
    }
}

/// <summary>Says when a whole line was written.</summary>
internal sealed class NotifyingStream : MemoryStream
{
    private readonly TaskCompletionSource _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Line => _line.Task;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await base.WriteAsync(buffer, cancellationToken);
        if (buffer.Span.Contains((byte)'\n'))
        {
            _line.TrySetResult();
        }
    }
}
