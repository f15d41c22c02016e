using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Bench;

/// <summary>The audit trail: CPU of one record, and what the trail as a whole carries.</summary>
internal static class AuditBench
{
    public static async Task<int> RunAsync()
    {
        AuditEvent record = Record();
        FormatAndChain(record);
        await TrailAsync(record, threads: 1);
        await TrailAsync(record, threads: Math.Max(2, Environment.ProcessorCount));
        await StrictAsync(record);
        return 0;
    }

    /// <summary>One busy thread, CPU of the process; the best of several rounds, since neighbours only ever add.</summary>
    private static void FormatAndChain(AuditEvent record)
    {
        const int count = 200_000;
        byte[] buffer = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain();
        double format = double.MaxValue;
        double both = double.MaxValue;
        int size = 0;
        long allocated = 0;
        for (int round = 0; round < 12; round++)
        {
            TimeSpan start = Environment.CpuUsage.TotalTime;
            for (int i = 0; i < count; i++)
            {
                AuditRecordWriter.Format(record, buffer);
            }

            format = Math.Min(format, (Environment.CpuUsage.TotalTime - start).TotalNanoseconds / count);
            long before = GC.GetAllocatedBytesForCurrentThread();
            start = Environment.CpuUsage.TotalTime;
            for (int i = 0; i < count; i++)
            {
                size = chain.Append(buffer, AuditRecordWriter.Format(record, buffer));
            }

            both = Math.Min(both, (Environment.CpuUsage.TotalTime - start).TotalNanoseconds / count);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Console.WriteLine($"record of {size} bytes");
        Console.WriteLine($"format                      {format,8:F0} ns");
        Console.WriteLine($"format and chain            {both,8:F0} ns   {(double)allocated / count:F3} bytes allocated");
    }

    private static async Task TrailAsync(AuditEvent record, int threads)
    {
        const int total = 1_000_000;
        string folder = Directory.CreateTempSubdirectory("gatehouse-bench-").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            var options = new AuditTrailOptions { Directory = Path.Combine(folder, "audit"), Node = "bench", SegmentBytes = 1L << 40 };
            FileAuditTrail trail = await FileAuditTrail.OpenAsync(
                options, new EcdsaAuditSigner(key), null, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            Fill(trail, record, 20_000);
            await trail.FlushAsync(CancellationToken.None);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
                () => Fill(trail, record, total / threads), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            await trail.FlushAsync(CancellationToken.None);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            double used = (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / total;
            double bytes = (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / total;
            Console.WriteLine(
                $"trail, group, {threads,2} threads     {total / elapsed.TotalSeconds,8:N0} records/s   {used:F0} ns CPU a record   {bytes:F2} bytes allocated a record");
            await trail.DisposeAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task StrictAsync(AuditEvent record)
    {
        const int waiters = 128;
        const int each = 500;
        string folder = Directory.CreateTempSubdirectory("gatehouse-bench-").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            var options = new AuditTrailOptions { Directory = Path.Combine(folder, "audit"), Node = "bench", IsStrict = true };
            await using FileAuditTrail trail = await FileAuditTrail.OpenAsync(
                options, new EcdsaAuditSigner(key), null, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            long start = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, waiters).Select(_ => Task.Run(async () =>
            {
                for (int i = 0; i < each; i++)
                {
                    AuditSlot slot = await trail.ReserveAsync(CancellationToken.None);
                    await trail.DecideAsync(slot, record);
                    trail.Complete(slot, record);
                }
            })));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine($"trail, strict, {waiters} waiters  {waiters * each / seconds,8:N0} decisions/s");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Fill(FileAuditTrail trail, AuditEvent record, int count)
    {
        var wait = new SpinWait();
        for (int i = 0; i < count;)
        {
            if (trail.TryReserve(out AuditSlot slot))
            {
                trail.Complete(slot, record);
                i++;
            }
            else
            {
                wait.SpinOnce();
            }
        }
    }

    private static AuditEvent Record()
    {
        var operations = new OperationSet();
        operations.Begin(SystemAction.Intern("elasticsearch", "index:read"));
        operations.AddResource("events-2026"u8);
        return new AuditEvent
        {
            Action = AuditAction.AccessGranted,
            Outcome = AuditOutcome.Success,
            Time = TimeProvider.System.GetUtcNow(),
            Duration = 1_234_567,
            RequestId = 123_456,
            ConnectionId = 789,
            Source = new IPEndPoint(IPAddress.Parse("10.1.2.3"), 50123),
            Gate = "elasticsearch",
            User = "anna",
            Realm = "native",
            Roles = ["reader"],
            Method = "GET",
            Path = "/events-2026/_search",
            Operations = operations,
            Generation = 12,
            Status = 200,
            Forward = "ok",
            RequestBytes = 120,
            ResponseBytes = 4096,
        };
    }
}
