using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration.Questions;
using Gatehouse.Engine.Auditing.Scanning;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Bench;

/// <summary><c>policy replay</c> and <c>unused</c> over a trail of a million decisions.</summary>
internal static class ReplayBench
{
    private const int Records = 1_000_000;
    private const int Users = 500;
    private const int Roles = 100;
    private const int PerSegment = 100_000;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static int Run()
    {
        Console.WriteLine($"{Records:N0} decisions, {Users} users, {Roles} roles; one thread");
        Measure("names that repeat (20,000 kinds)", 20_000);
        Measure("every request another name", Records);
        return 0;
    }

    private static void Measure(string what, int names)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("gatehouse-replay-");
        try
        {
            Write(folder.FullName, names);
            long bytes = folder.EnumerateFiles().Sum(static file => file.Length);
            SecuritySnapshot inForce = Policy(allowed: Roles);
            SecuritySnapshot next = Policy(allowed: Roles - 10);
            var span = new TrailSpan(Start, Start.AddDays(1));
            Console.WriteLine($"{what}, {bytes / 1e6:F0} MB");
            for (int round = 0; round < 3; round++)
            {
                var replay = new ReplayScan(inForce, next, null);
                Time("replay", replay, folder.FullName, span);
                PolicyReplayResponse answer = replay.Answer(new TrailCoverage { Node = "n1" });
                Console.WriteLine($"      {answer.Replayed:N0} made again, {answer.Denied:N0} become denied, {answer.Allowed:N0} allowed, {answer.Flips.Count} groups");
            }

            Time("unused", new UnusedScan(inForce), folder.FullName, span);
            Time("suggest", new SuggestScan("native", "user-7", null, false), folder.FullName, span);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Time(string what, ILineScan scan, string folder, TrailSpan span)
    {
        GC.Collect();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long allocated = GC.GetTotalAllocatedBytes();
        var watch = Stopwatch.StartNew();
        TrailScan.Run(folder, span, scan, CancellationToken.None);
        watch.Stop();
        double used = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        Console.WriteLine(
            $"  {what,-8} {watch.Elapsed.TotalSeconds,6:F2} s   CPU {used,6:F2} s   allocated {(GC.GetTotalAllocatedBytes() - allocated) / 1e6,6:F0} MB   heap {GC.GetTotalMemory(false) / 1e6,5:F0} MB");
    }

    private static void Write(string folder, int names)
    {
        byte[] buffer = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain();
        var operations = new OperationSet();
        SystemAction[] actions = [SystemAction.Intern("etcd", "kv.range"), SystemAction.Intern("etcd", "kv.put")];
        var source = new IPEndPoint(IPAddress.Parse("10.1.2.3"), 50_000);
        string[][] roles = [.. Enumerable.Range(0, Roles).Select(static role => new[] { $"role-{role}" })];
        FileStream? file = null;
        for (int i = 0; i < Records; i++)
        {
            if (i % PerSegment == 0)
            {
                file?.Dispose();
                file = new FileStream(Path.Combine(folder, SegmentName.Of((i / PerSegment) + 1)), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20);
            }

            int user = i % Users;
            operations.Clear();
            operations.Begin(actions[i & 1]);
            operations.AddResource(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"app-{user % Roles}/data/{i % names}")));
            var record = new AuditEvent
            {
                Action = AuditAction.AccessGranted,
                Outcome = AuditOutcome.Success,
                Time = Start.AddMilliseconds(i * 80),
                Duration = 812_345,
                RequestId = (ulong)i + 1,
                ConnectionId = user + 1,
                Source = source,
                Gate = "etcd",
                User = string.Create(CultureInfo.InvariantCulture, $"user-{user}"),
                Realm = RealmNames.Native,
                Roles = roles[user % Roles],
                Method = "POST",
                Path = "/v3/kv/range",
                Operations = operations,
                Generation = 12,
                Status = 200,
                Forward = "ok",
                RequestBytes = 64,
                ResponseBytes = 512,
            };
            int length = chain.Append(buffer, AuditRecordWriter.Format(record, buffer));
            file!.Write(buffer.AsSpan(0, length)); // made for the first record
        }

        file?.Dispose();
    }

    private static SecuritySnapshot Policy(int allowed)
    {
        var document = new ClusterDocument
        {
            Users = Enumerable.Range(0, Users).Select(static user => new UserDocument { Name = $"user-{user}", Roles = [$"role-{user % Roles}"] })
                .ToImmutableSortedDictionary(static user => user.Name, static user => user, StringComparer.Ordinal),
            Roles = Enumerable.Range(0, Roles).Select(role => new RoleDocument
            {
                Name = $"role-{role}",
                Grants = role < allowed
                    ? [new Grant { System = "etcd", Actions = ["kv.*"], Resources = [$"app-{role}/**"] }, new Grant { System = "etcd", Actions = ["watch"] }]
                    : [new Grant { System = "etcd", Actions = ["kv.range"], Resources = [$"app-{role}/**"] }],
            }).ToImmutableSortedDictionary(static role => role.Name, static role => role, StringComparer.Ordinal),
        };
        return SnapshotCompiler.Compile(1, 1, document, new List<Problem>()) ?? throw new InvalidOperationException("the policy does not compile");
    }
}
