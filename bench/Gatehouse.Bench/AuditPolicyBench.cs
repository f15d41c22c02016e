using System.Diagnostics;
using Gatehouse.Audit;
using Gatehouse.Operations;
using Gatehouse.Problems;

namespace Gatehouse.Bench;

/// <summary><c>bench/audit-policy</c>: cost of asking the audit policy about one request, at 0 to 128 ignore policies.</summary>
internal static class AuditPolicyBench
{
    private const int Decisions = 200_000;
    private const int Rounds = 20;
    private static readonly string[] Roles = ["reader"];

    public static int Run()
    {
        Console.WriteLine($"{"policies",9} {"patterns",9} {"recorded",-9} {"ns",8} {"bytes",6} {"compile ms",11}");
        foreach (int count in new[] { 0, 1, 64, 128 })
        {
            foreach (bool isRecorded in new[] { true, false })
            {
                if (count > 0 || isRecorded)
                {
                    Measure(count, isRecorded);
                }
            }
        }

        return 0;
    }

    private static void Measure(int count, bool isRecorded)
    {
        IgnorePolicy[] policies = [.. Enumerable.Range(0, count).Select(i => Policy(i, isLast: i == count - 1))];
        var document = new AuditPolicyDocument
        {
            Rules = new AuditRules { Ignore = [.. policies.Take(64)] },
            Gates = [new GateAuditRules { Gate = "etcd", Rules = new AuditRules { Ignore = [.. policies.Skip(64)] } }],
        };
        List<Problem> problems = [];
        long start = Stopwatch.GetTimestamp();
        AuditPolicy policy = AuditPolicy.Compile(document, problems) ?? throw new InvalidOperationException(problems[0].ToString());
        double compile = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var operations = new OperationSet();
        operations.Begin(SystemAction.Intern("etcd", "kv.range"));
        operations.AddResource(isRecorded ? "app/users/1"u8 : "health/users/1"u8);

        Pass(policy, operations);
        double best = double.MaxValue;
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < Rounds; round++)
        {
            start = Stopwatch.GetTimestamp();
            if (Pass(policy, operations) != (isRecorded ? Decisions : 0))
            {
                throw new InvalidOperationException("another decision was expected");
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Decisions);
        }

        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Console.WriteLine($"{count,9} {count * 5,9} {isRecorded,-9} {best,8:F0} {bytes / ((double)Rounds * Decisions),6:F1} {compile,11:F1}");
    }

    private static IgnorePolicy Policy(int number, bool isLast) => new()
    {
        Name = $"policy-{number}",
        Users = isLast ? ["probe-*"] : [$"probe-{number}-*", $"robot-{number}"],
        Roles = ["reader"],
        Actions = ["kv.*"],
        Resources = isLast ? ["health/*"] : [$"/health{number}[a-z]+/.*/"],
    };

    private static int Pass(AuditPolicy policy, OperationSet operations)
    {
        int recorded = 0;
        for (int i = 0; i < Decisions; i++)
        {
            recorded += policy.Records(new AuditSubject(AuditAction.AccessGranted, "etcd")
            {
                User = "probe-17",
                Realm = "native",
                Roles = Roles,
                Operations = operations,
            }) ? 1 : 0;
        }

        return recorded;
    }
}
