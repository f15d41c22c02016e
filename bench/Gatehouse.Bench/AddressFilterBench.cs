using System.Diagnostics;
using System.Net;
using Gatehouse.Network;
using Gatehouse.Problems;

namespace Gatehouse.Bench;

/// <summary><c>bench/ip</c>: cost of one IP filter decision at 10, 1,000 and 1,000,000 rules.</summary>
internal static class AddressFilterBench
{
    private const int Probes = 1 << 16;
    private const int Rounds = 100;

    public static int Run()
    {
        Console.WriteLine($"{"rules",10} {"family",-7} {"spread",-9} {"ns/decision",12} {"compile ms",11} {"hot MiB",8} {"all MiB",8}");
        foreach (bool v6 in new[] { false, true })
        {
            foreach (bool crowded in new[] { false, true })
            {
                foreach (int count in new[] { 10, 1_000, 1_000_000 })
                {
                    Measure(count, v6, crowded);
                }
            }
        }

        return 0;
    }

    private static void Measure(int count, bool v6, bool crowded)
    {
        var random = new Random(count);
        AddressRule[] rules = [.. Enumerable.Range(0, count).Select(i =>
            new AddressRule(i % 4 == 0 ? AddressRuleEffect.Deny : AddressRuleEffect.Allow, Network(random, v6, crowded)))];
        List<Problem> problems = [];
        long start = Stopwatch.GetTimestamp();
        AddressFilter filter = AddressFilter.Compile(rules, problems) ?? throw new InvalidOperationException(problems[0].ToString());
        double compile = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var probes = new IPAddress[Probes];
        for (int i = 0; i < probes.Length; i++)
        {
            probes[i] = new IPAddress(Bytes(random, v6, crowded));
        }

        int allowed = Pass(filter, probes);
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            start = Stopwatch.GetTimestamp();
            allowed += Pass(filter, probes);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Probes);
        }

        GC.KeepAlive(allowed);
        Console.WriteLine(
            $"{count,10} {(v6 ? "IPv6" : "IPv4"),-7} {(crowded ? "one /8" : "all over"),-9} {best,12:F1} {compile,11:F0} {filter.HotBytes / 1048576.0,8:F2} {filter.CompiledBytes / 1048576.0,8:F2}");
    }

    private static int Pass(AddressFilter filter, IPAddress[] probes)
    {
        int allowed = 0;
        foreach (IPAddress probe in probes)
        {
            allowed += filter.Decide(probe).IsAllowed ? 1 : 0;
        }

        return allowed;
    }

    private static string Network(Random random, bool v6, bool crowded)
    {
        byte[] bytes = Bytes(random, v6, crowded);
        int length = v6 ? random.Next(32, 65) : random.Next(12, 33);
        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(1 << (7 - (bit % 8)));
        }

        return $"{new IPAddress(bytes)}/{length}";
    }

    private static byte[] Bytes(Random random, bool v6, bool crowded)
    {
        byte[] bytes = new byte[v6 ? 16 : 4];
        random.NextBytes(bytes);
        bytes[0] = v6 ? (byte)0x20 : crowded ? (byte)10 : bytes[0];
        if (v6 && crowded)
        {
            bytes[1] = 1;
        }

        return bytes;
    }
}
