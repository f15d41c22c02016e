using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Engine.Elasticsearch.Security;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Engine.Tests.Realms;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Testing.Time;

namespace Gatehouse.Engine.Tests.Elasticsearch.Security;

/// <summary>The security API over state in memory: the real compiler, policy and realm chain.</summary>
internal sealed class SecurityBench : IDisposable
{
    public const string Password = "a long way home";

    private static readonly string Hash = PasswordHash.Create(Password);
    private readonly HashQueue _hashes = new(16, 1);
    private readonly RealmChain _chain;
    private readonly SecurityApi _api;

    public SecurityBench()
    {
        UserDocument User(string name, params string[] roles) => new() { Name = name, Roles = [.. roles], Password = Hash, Created = Time.GetUtcNow(), FullName = name + " by name" };
        RoleDocument Role(string name, params Grant[] grants) => new() { Name = name, Grants = [.. grants] };
        var document = new ClusterDocument
        {
            Users = new[]
            {
                User("root", BuiltInRoles.Superuser), User("elastic-admin", "security"), User("anna", "reader", "own-keys"), User("bert", "reader", "own-keys"),
                User("nobody-yet"), User("boss", BuiltInRoles.Admin), User("granter", "granting"), User("emergency", BuiltInRoles.Superuser) with { IsBreakGlass = true },
            }.ToImmutableSortedDictionary(static u => u.Name, static u => u, StringComparer.Ordinal),
            Roles = new[]
            {
                Role("security", Elastic("cluster:manage_security")),
                Role("own-keys", Elastic("cluster:manage_own_api_key")),
                Role("granting", Elastic("cluster:grant_api_key")),
                Role("reader", Elastic(["index:read", "index:view_index_metadata"], "logs-*", "app"), Elastic("cluster:monitor")),
                Role("careful", Elastic(["index:read"], "logs-*"), Elastic(["index:read"], "logs-secret") with { Effect = GrantEffect.Deny }),
                Role("mixed", new Grant { System = "mqtt", Actions = ["publish"], Resources = ["a"] }, Elastic("cluster:monitor")),
            }.ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
            Realms = new[] { new RealmDocument { Name = "corp", Kind = RealmKind.Ldap, Version = 3, Directory = AdminBench.Corp } }
                .ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
        };
        Snapshots = new SnapshotHolder(SnapshotCompiler.Compile(1, 1, document, [])!);
        Changes = new FakeChanges(Snapshots);
        _chain = new RealmChain(Time, new LoginLimitOptions(), new NoRealms());
        _api = new SecurityApi(Changes, _chain, _hashes);
    }

    public ManualTime Time { get; } = new();

    public SnapshotHolder Snapshots { get; }

    public FakeChanges Changes { get; }

    public ClusterDocument Document => Changes.Current;

    public static Grant Elastic(params string[] actions) => new() { System = "elasticsearch", Actions = [.. actions] };

    public static Grant Elastic(string[] actions, params string[] names) => new() { System = "elasticsearch", Actions = [.. actions], Resources = [.. names] };

    /// <summary>Calls as a native user.</summary>
    public Task<SecurityAnswer> CallAsync(string user, string method, string target, string? body = null, string? actor = null)
    {
        SecuritySnapshot snapshot = Snapshots.Current;
        return CallAsync(ActingAs.Native(user, snapshot), method, target, body, actor is null ? null : ActingAs.Native(actor, snapshot));
    }

    /// <summary>Calls with the header that a client sends.</summary>
    public async Task<SecurityAnswer> CallWithAsync(string authorization, string method, string target, string? body = null)
    {
        AuthenticationResult result = await LogInAsync(authorization);
        return await CallAsync(result.Authenticated ?? throw new InvalidOperationException($"{result.Status} {result.Reason}"), method, target, body);
    }

    public async Task<AuthenticationResult> LogInAsync(string authorization) =>
        await _chain.AuthenticateAsync(new AuthenticationRequest(authorization, IPAddress.Parse("10.1.2.3")), Snapshots.Current, CancellationToken.None);

    public async Task<SecurityAnswer> CallAsync(Authenticated login, string method, string target, string? body = null, Authenticated? actor = null)
    {
        SecuritySnapshot snapshot = Snapshots.Current;
        snapshot.TryGetRights(login.Principal, null, Time.GetUtcNow(), out Rights rights);
        string[] parts = target.Split('?');
        SecurityReply reply = await _api.AnswerAsync(
            new SecurityCall
            {
                Method = method,
                Segments = [.. parts[0].Trim('/').Split('/').Select(Uri.UnescapeDataString)],
                Query = parts.Length == 1 ? ImmutableDictionary<string, string>.Empty
                    : parts[1].Split('&').Select(static pair => pair.Split('=')).ToDictionary(static pair => pair[0], static pair => pair.Length == 1 ? "" : Uri.UnescapeDataString(pair[1])),
                Body = body is null ? default : Encoding.UTF8.GetBytes(body),
                Login = login,
                Actor = actor,
                Snapshot = snapshot,
                Context = new AuthorizationContext(login.Principal, rights.Roles, IPAddress.Parse("10.1.2.3"), "search", false, Time.GetUtcNow(), 1) { Limit = rights.Limit, List = rights.List },
            },
            CancellationToken.None);
        return new SecurityAnswer(reply, Encoding.UTF8.GetString(reply.Json.Span));
    }

    public void Dispose()
    {
        _chain.Dispose();
        _hashes.Dispose();
    }
}

/// <summary>An answer.</summary>
internal sealed record SecurityAnswer(SecurityReply Reply, string Text)
{
    public int Status => Reply.Status;

    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string? ErrorType => Json.GetProperty("error").GetProperty("type").GetString();

    public string? this[string member] => Json.GetProperty(member).ToString();

    public JsonElement At(params string[] path) => path.Aggregate(Json, static (element, name) => element.GetProperty(name));
}
