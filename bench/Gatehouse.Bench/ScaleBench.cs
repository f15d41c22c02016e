using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Bench;

/// <summary><c>bench/scale</c>: start, change and decision as users, roles and address rules grow a hundredfold, on the real store.</summary>
internal static class ScaleBench
{
    private const int Changes = 5;
    private const int Decisions = 200_000;
    private static readonly SystemAction Read = SystemAction.Intern("http", "get");

    public static async Task<int> RunAsync()
    {
        Console.WriteLine($"""
            start = open the store, read the newest generation, check it against the highest seen, compile it.
            change = add one user: compile, commit to SQLite with sync, keep the last generation, swap; median of {Changes}.
            rule = add one address rule, the same way. decision = rights of a random user and Authorizer.Decide; address = one look-up.
            """);
        Console.WriteLine($"{"users",9} {"roles",8} {"rules",11} {"first ms",9} {"start ms",9} {"change ms",10} {"rule ms",9} {"decision ns",12} {"address ns",11} {"MiB",6}");
        await MeasureAsync(new Size(100, 10, 1_000), shows: false);
        Row small = await MeasureAsync(new Size(1_000, 100, 10_000), shows: true);
        _ = await MeasureAsync(new Size(10_000, 1_000, 100_000), shows: true);
        Row large = await MeasureAsync(new Size(100_000, 10_000, 1_000_000), shows: true);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"growth at 100 times as much: start {large.Start / small.Start:F1}x, change {large.Change / small.Change:F1}x, rule {large.Rule / small.Rule:F1}x, decision {large.Decision / small.Decision:F2}x, address {large.Address / small.Address:F2}x"));
        return 0;
    }

    private static async Task<Row> MeasureAsync(Size size, bool shows)
    {
        string root = Directory.CreateTempSubdirectory("gatehouse-scale-").FullName;
        string data = Path.Combine(root, "data");
        PrivateFolder.Ensure(data);
        using Sealer cluster = new(RandomNumberGenerator.GetBytes(32));
        using Sealer node = new(RandomNumberGenerator.GetBytes(32));
        LastGenerationCache last = new(data, Path.Combine(root, "node.seen"), "scale", cluster, node);
        try
        {
            double first = await FirstAsync(size, data, cluster, last);
            GC.Collect();
            long began = Stopwatch.GetTimestamp();
            await using SqliteStateStore again = await SqliteStateStore.OpenAsync(data, cluster, TimeProvider.System, CancellationToken.None);
            Generation current = (await again.ReadCurrentAsync(CancellationToken.None))!; // committed above
            last.Accept(current);
            SecuritySnapshot snapshot = Compile(current);
            double start = Milliseconds(began);
            var holder = new SnapshotHolder(snapshot);
            using var changes = new StateChanges(again, last, holder, new NoTrail(), TimeProvider.System);
            double change = await ChangeAsync(changes, static (document, n) => document with { Users = document.Users.Add($"new-{n}", User($"new-{n}", "role-1")) });
            double rule = await ChangeAsync(changes, static (document, n) => document with { Networks = document.Networks.Add(new AddressRule(AddressRuleEffect.Deny, $"203.0.113.{n}")) });
            var row = new Row(first, start, change, rule, Decide(holder.Current, size), Look(holder.Current, size));
            if (shows)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
                double memory = GC.GetTotalMemory(forceFullCollection: true) / 1024.0 / 1024;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{size.Users,9:N0} {size.Roles,8:N0} {size.Rules,11:N0} {row.First,9:F0} {row.Start,9:F0} {row.Change,10:F1} {row.Rule,9:F1} {row.Decision,12:F0} {row.Address,11:F0} {memory,6:F0}"));
            }

            GC.KeepAlive(holder);
            return row;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    // By itself, so that nothing of it is still held when memory is measured.
    private static async Task<double> FirstAsync(Size size, string data, Sealer cluster, LastGenerationCache last)
    {
        ClusterDocument document = Make(size);
        long began = Stopwatch.GetTimestamp();
        await using SqliteStateStore store = await SqliteStateStore.OpenAsync(data, cluster, TimeProvider.System, CancellationToken.None);
        await store.TryCommitAsync(0, document, new ChangeNote("bench", "all", DateTimeOffset.UtcNow), CancellationToken.None);
        last.Accept(await store.ReadCurrentAsync(CancellationToken.None));
        return Milliseconds(began);
    }

    private static ClusterDocument Make(Size size) => new()
    {
        Users = Enumerable.Range(0, size.Users)
            .Select(i => User($"user-{i}", $"role-{i % size.Roles}", $"role-{(i * 7L) % size.Roles}"))
            .ToImmutableSortedDictionary(static u => u.Name, static u => u, StringComparer.Ordinal),
        Roles = Enumerable.Range(0, size.Roles)
            .Select(static i => new RoleDocument
            {
                Name = $"role-{i}",
                Grants =
                [
                    new Grant { System = "http", Actions = ["get"], Resources = [$"tenants/{i}/data/**", $"teams/{i}/*/read"] },
                    new Grant { System = "http", Actions = ["*"], Resources = [$"tenants/{i}/data/secret/**"], Effect = GrantEffect.Deny },
                ],
            })
            .ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
        Networks = [.. Enumerable.Range(0, size.Rules).Select(static i => new AddressRule(i % 4 == 0 ? AddressRuleEffect.Deny : AddressRuleEffect.Allow, AddressOf(i).ToString()))],
    };

    private static UserDocument User(string name, params string[] roles) => new()
    {
        Name = name,
        Roles = [.. roles.Distinct(StringComparer.Ordinal)],
        Password = "pbkdf2-sha512$210000$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
        Created = DateTimeOffset.UnixEpoch,
        Changed = DateTimeOffset.UnixEpoch,
    };

    // Spread over 10.0.0.0/8 without two alike.
    private static IPAddress AddressOf(int i)
    {
        uint mixed = (uint)i * 2654435761u >> 8;
        return new IPAddress([10, (byte)(mixed >> 16), (byte)(mixed >> 8), (byte)mixed]);
    }

    private static SecuritySnapshot Compile(Generation generation)
    {
        List<Problem> problems = [];
        return SnapshotCompiler.Compile(1, generation.Number, generation.Document, problems)
            ?? throw new InvalidOperationException(problems[0].ToString());
    }

    private static async Task<double> ChangeAsync(StateChanges changes, Func<ClusterDocument, int, ClusterDocument> change)
    {
        double[] times = new double[Changes];
        for (int n = 0; n < Changes; n++)
        {
            int number = n;
            long began = Stopwatch.GetTimestamp();
            ChangeOutcome outcome = await changes.ChangeAsync("bench", "one", document => ChangeDecision.To(change(document, number)), CancellationToken.None);
            times[n] = Milliseconds(began);
            if (!outcome.Problems.IsEmpty)
            {
                throw new InvalidOperationException(outcome.Problems[0].ToString());
            }
        }

        Array.Sort(times);
        return times[Changes / 2];
    }

    private static double Decide(SecuritySnapshot snapshot, Size size)
    {
        var random = new Random(1);
        Principal[] users = new Principal[4096];
        byte[][] names = new byte[users.Length][];
        for (int i = 0; i < users.Length; i++)
        {
            int user = random.Next(size.Users);
            users[i] = new Principal($"user-{user}", RealmNames.Native);
            names[i] = Encoding.UTF8.GetBytes($"tenants/{user % size.Roles}/data/x{i}");
        }

        var operations = new OperationSet();
        double best = double.MaxValue;
        int allowed = 0;
        for (int round = 0; round < 8; round++)
        {
            long began = Stopwatch.GetTimestamp();
            for (int n = 0; n < Decisions; n++)
            {
                int i = n & (users.Length - 1);
                operations.Clear();
                operations.Begin(Read);
                operations.AddResource(names[i]);
                snapshot.TryGetRights(users[i], IPAddress.Loopback, DateTimeOffset.UnixEpoch, out Rights rights);
                AuthorizationContext context = new(users[i], rights.Roles, IPAddress.Loopback, "gate", false, DateTimeOffset.UnixEpoch, 1) { List = rights.List };
                allowed += Authorizer.Decide(snapshot.Policy, context, operations).IsAllowed ? 1 : 0;
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalNanoseconds / Decisions);
        }

        return allowed == 8 * Decisions ? best : throw new InvalidOperationException("a decision that should allow did not");
    }

    private static double Look(SecuritySnapshot snapshot, Size size)
    {
        var random = new Random(2);
        IPAddress[] addresses = [.. Enumerable.Range(0, 65_536).Select(_ => AddressOf(random.Next(size.Rules)))];
        AddressFilter filter = snapshot.FilterFor("gate");
        double best = double.MaxValue;
        int allowed = 0;
        for (int round = 0; round < 8; round++)
        {
            long began = Stopwatch.GetTimestamp();
            foreach (IPAddress address in addresses)
            {
                allowed += filter.Decide(address).IsAllowed ? 1 : 0;
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalNanoseconds / addresses.Length);
        }

        return allowed > 0 ? best : throw new InvalidOperationException("no address is allowed");
    }

    private static double Milliseconds(long began) => Stopwatch.GetElapsedTime(began).TotalMilliseconds;

    private readonly record struct Size(int Users, int Roles, int Rules);

    private readonly record struct Row(double First, double Start, double Change, double Rule, double Decision, double Address);
}
