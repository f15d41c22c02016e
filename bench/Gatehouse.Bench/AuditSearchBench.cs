using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Searching;
using Gatehouse.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Bench;

/// <summary>Pages of <c>audit search</c> over a large trail: time of the first page of 100, the median of several runs.</summary>
internal static class AuditSearchBench
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Syllables = ["Ан", "бор", "вик", "Гри", "дмит", "ев", "жан", "зи", "ири", "лю"];

    public static async Task<int> RunAsync(int count)
    {
        string folder = Directory.CreateTempSubdirectory("gatehouse-bench-").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            var options = new AuditTrailOptions { Directory = Path.Combine(folder, "audit"), Node = "bench" };
            var signer = new EcdsaAuditSigner(key);
            await using FileAuditTrail trail = await FileAuditTrail.OpenAsync(
                options, signer, null, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            string receipt = await FillAsync(trail, count);
            long size = Directory.EnumerateFiles(options.Directory).Sum(static f => new FileInfo(f).Length);
            Console.WriteLine($"{count:N0} records, {AuditFolder.Segments(options.Directory).Count} segments, {size / 1048576.0:F0} MiB");

            await using var indexes = new AuditIndexes(options.Directory, signer, [signer.PublicKey], TimeProvider.System);
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            ReindexOutcome built = await indexes.RebuildAsync(CancellationToken.None);
            Console.WriteLine(
                $"index built in {built.Elapsed.TotalSeconds:F1} s, {(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:F1} s CPU, {built.Bytes / 1048576.0:F0} MiB");
            var search = new AuditSearch(options.Directory, TimeProvider.System, indexes);
            await PageAsync("newest segment, index not in memory yet", search, new AuditQuery { User = "nobody", Since = Start + TimeSpan.FromSeconds(count - 10) }, runs: 1);
            await PagesAsync(search, count, receipt);
            await PageAsync("no match, without an index", new AuditSearch(options.Directory, TimeProvider.System), new AuditQuery { User = "nobody" }, runs: 1);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task PagesAsync(AuditSearch search, int count, string receipt)
    {
        ReceiptCode? code = ReceiptCode.TryParse(receipt, out ReceiptCode parsed) ? parsed : null;
        await PageAsync("unselective: all", search, new AuditQuery());
        await PageAsync("unselective: a gate's, from the middle on", search, new AuditQuery { Gate = "elasticsearch", Before = count / 2 });
        await PageAsync("selective: one user of 10,000", search, new AuditQuery { User = "user-4711" });
        await PageAsync("selective: that user's denials", search, new AuditQuery { User = "user-4711", Action = AuditAction.AccessDenied });
        await PageAsync("selective: a network of 256", search, new AuditQuery { Source = IPNetwork.Parse("10.1.2.0/24") });
        await PageAsync("selective: a minute", search, new AuditQuery { Since = Start + TimeSpan.FromSeconds(count / 3), Until = Start + TimeSpan.FromSeconds((count / 3) + 60) });
        await PageAsync("receipt of the oldest denial", search, new AuditQuery { Receipt = code });
        await PageAsync("no match: user and action", search, new AuditQuery { User = "nobody", Action = AuditAction.AccessDenied });
        await PageAsync("no match: user from a network", search, new AuditQuery { User = "user-4711", Source = IPNetwork.Parse("192.0.2.0/24") });
        await PageAsync("text: one resource of 10,000", search, new AuditQuery { Text = "tenant-0007123" });
        await PageAsync("text: no match", search, new AuditQuery { Text = "no-such-text" });
        await PageAsync("text of two characters: no match", search, new AuditQuery { Text = "%%" });
        await PageAsync("Cyrillic text: one user of 10,000", search, new AuditQuery { Text = "Мирона Седова" });
        await PageAsync("Cyrillic text: no match", search, new AuditQuery { Text = "Вжух" });
        await PageAsync("Chinese text of two: one user of 10,000", search, new AuditQuery { Text = "王珀" });
        await PageAsync("Chinese text of two: no match", search, new AuditQuery { Text = "\u9F98\u9F98" });
    }

    private static async Task PageAsync(string what, AuditSearch search, AuditQuery query, int runs = 9)
    {
        var times = new List<double>();
        int found = 0;
        for (int i = 0; i < runs; i++)
        {
            found = 0;
            long start = Stopwatch.GetTimestamp();
            await foreach (AuditRecord _ in search.RunAsync(query, CancellationToken.None))
            {
                found++;
            }

            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        Console.WriteLine($"{what,-44} {times[times.Count / 2],8:F1} ms  worst {times[^1],8:F1} ms  {found,4} records");
    }

    /// <summary>Half of the records have a user in another script than ASCII, one of 10,000 of each kind.</summary>
    private static string UserOf(int i, Random random)
    {
        int user = random.Next(10_000);
        if (user == 4711 && i % 4 == 1)
        {
            return "мирона седова";
        }

        return (i % 4) switch
        {
            1 => Syllables[user / 1000] + Syllables[user / 100 % 10] + " " + Syllables[user / 10 % 10] + Syllables[user % 10] + "ова",
            3 => user == 4711 ? "王珀" : string.Create(2, user, static (name, n) => (name[0], name[1]) = ((char)(0x4E00 + (n / 100)), (char)(0x5100 + (n % 100)))),
            _ => string.Create(CultureInfo.InvariantCulture, $"user-{user}"),
        };
    }

    private static async Task<string> FillAsync(FileAuditTrail trail, int count)
    {
        var random = new Random(1);
        string first = "";
        var operations = new OperationSet();
        for (int i = 0; i < count; i++)
        {
            bool isDenied = i % 50 == 7;
            string? receipt = isDenied ? trail.NewReceipt() : null;
            first = first.Length == 0 ? receipt ?? "" : first;
            string name = string.Create(CultureInfo.InvariantCulture, $"tenant-{random.Next(10_000):D7}");
            operations.Clear();
            operations.Begin(SystemAction.Intern("elasticsearch", "index:read"));
            operations.AddResource(System.Text.Encoding.ASCII.GetBytes(name));
            var record = new AuditEvent
            {
                Action = isDenied ? AuditAction.AccessDenied : AuditAction.AccessGranted,
                Outcome = isDenied ? AuditOutcome.Failure : AuditOutcome.Success,
                Time = Start + TimeSpan.FromSeconds(i),
                Duration = 1_234_567,
                RequestId = (ulong)i + 1,
                ConnectionId = i / 10,
                Source = new IPEndPoint(new IPAddress([10, 1, (byte)random.Next(256), (byte)random.Next(256)]), 50123),
                Gate = i % 3 == 0 ? "etcd" : "elasticsearch",
                User = UserOf(i, random),
                Realm = "native",
                Roles = ["reader"],
                Method = "GET",
                Path = $"/{name}/_search",
                Operations = operations,
                Generation = 12,
                Receipt = receipt,
                Status = isDenied ? 403 : 200,
                RequestBytes = 120,
                ResponseBytes = 4096,
            };
            AuditSlot slot;
            while (!(slot = await trail.ReserveAsync(CancellationToken.None)).IsValid)
            {
                // The disk is slower than this loop.
            }

            trail.Complete(slot, record);
        }

        await trail.FlushAsync(CancellationToken.None);
        return first;
    }
}
