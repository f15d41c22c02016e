using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Store;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Tests.Store;

/// <summary>A data folder with keys of its own, and documents to put into it.</summary>
internal sealed class StoreFixture : IDisposable
{
    public StoreFixture()
    {
        Root = Directory.CreateTempSubdirectory("gatehouse-store-").FullName;
        Data = Path.Combine(Root, "data");
        PrivateFolder.Ensure(Data);
        Key = RandomNumberGenerator.GetHexString(64, lowercase: true);
        Sealer = new Sealer(Convert.FromHexString(Key));
        NodeSealer = new Sealer(RandomNumberGenerator.GetBytes(32));
    }

    public string Root { get; }

    public string Data { get; }

    public string Key { get; }

    public Sealer Sealer { get; }

    public Sealer NodeSealer { get; }

    public ManualTime Time { get; } = new();

    public string DatabasePath => Path.Combine(Data, SqliteStateStore.FileName);

    public string SeenPath => Path.Combine(Root, "node.seen");

    public string CachePath => Path.Combine(Data, LastGenerationCache.FileName);

    public static UserDocument User(string name, string? fullName = null) => new()
    {
        Name = name,
        FullName = fullName,
        Roles = ["reader"],
        Password = "pbkdf2-sha512$210000$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
        Created = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero),
    };

    public static ClusterDocument With(params string[] users) => new()
    {
        Users = users.ToImmutableSortedDictionary(static u => u, static u => User(u), StringComparer.Ordinal),
        Roles = ImmutableSortedDictionary.Create<string, RoleDocument>(StringComparer.Ordinal).Add("reader", new RoleDocument
        {
            Name = "reader",
            Description = "reads",
            Grants =
            [
                new Grant { System = "http", Actions = ["get"], Resources = ["/a/**"], When = new GrantConditions { Sources = ["10.0.0.0/8"], Hours = "08:00-17:00" } },
                new Grant { Effect = GrantEffect.Deny, System = "*", Actions = ["*"] },
            ],
        }),
        Networks = [new AddressRule(AddressRuleEffect.Deny, "192.0.2.0/24"), new AddressRule(AddressRuleEffect.Allow, AddressRule.All, "whoami")],
        AuditPolicy = new AuditPolicyDocument
        {
            Revision = 3,
            Rules = new AuditRules { Level = "standard", Exclude = ["connection_denied"], Ignore = [new IgnorePolicy { Name = "probe", Users = ["probe-*"], Roles = [] }] },
            Gates = [new GateAuditRules { Gate = "whoami", Rules = new AuditRules { Include = ["access_denied"] } }],
        },
    };

    public static ClusterDocument Many(int users) => new()
    {
        Users = Enumerable.Range(0, users).Select(static i => User("user-" + i.ToString("D7", CultureInfo.InvariantCulture)))
            .ToImmutableSortedDictionary(static u => u.Name, static u => u, StringComparer.Ordinal),
    };

    /// <summary>Everything a document holds, as text that two equal ones share.</summary>
    public static string Json(ClusterDocument document) => System.Text.Json.JsonSerializer.Serialize(document);

    public ChangeNote Note(string summary = "test") => new("native/tester", summary, Time.GetUtcNow());

    public ValueTask<SqliteStateStore> OpenAsync() => SqliteStateStore.OpenAsync(Data, Sealer, Time, CancellationToken.None);

    public LastGenerationCache Cache() => new(Data, SeenPath, "cluster", Sealer, NodeSealer);

    public void Dispose()
    {
        Sealer.Dispose();
        NodeSealer.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
