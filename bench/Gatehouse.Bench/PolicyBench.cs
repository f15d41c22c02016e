using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Bench;

/// <summary>Nanoseconds and bytes a decision at 10, 1,000 and 100,000 rules in one role set, for allow and deny.</summary>
internal static class PolicyBench
{
    private const int Rounds = 3;
    private static readonly int[] WorkingSets = [1_024, 65_536];
    private const int Batch = 4_096;
    private const int Batches = 64;
    private static readonly int[] Sizes = [10, 1_000, 100_000];

    public static int Run()
    {
        Console.WriteLine(
            $"""
            One decision = Authorizer.Decide on one operation with one resource: role set found, rules looked up, permit or denial made.
            Rules: one role, one grant and one pattern each: 5 of 10 `tenants/N/data/**`, 2 exact, 1 `teams/N/*/read`, 1 `**/N.log`,
            1 deny `tenants/N/data/secret/**`. Names are drawn at random over all rules: {WorkingSets[0]:N0} of them, as many
            as a busy node sees at a time, and {WorkingSets[1]:N0}, which at 100,000 rules no near cache of the processor holds.
            floor = the same loop, operation set filled and the name hashed (64 by 64 bit multiplications), and no decision: what it
            costs to read the names at all. ns = the loop with the decision; nothing is taken off.
            no grant = a name much like a granted one that no rule names; explicit deny = a deny besides an allow.
            {Rounds} interleaved rounds, median; a round is the median of {Batches} batches of {Batch:N0} decisions, so short that other
            processes seldom break in. {Environment.ProcessorCount} processors, {Environment.Version}.
            """);
        Subject[] subjects = [.. WorkingSets.SelectMany(static names => Sizes.SelectMany(size => Kinds().Select(kind => new Subject(size, kind, names))))];
        WarmUp(subjects);
        for (int round = 0; round < Rounds; round++)
        {
            foreach (Subject subject in subjects)
            {
                subject.Measure();
            }
        }

        Report(subjects);
        return 0;
    }

    private static string[] Kinds() => ["allow", "no grant", "explicit deny"];

    // Tiered compilation promotes in the background: enough calls, and time for it to happen.
    private static void WarmUp(Subject[] subjects)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(6))
        {
            foreach (Subject subject in subjects)
            {
                subject.Measure(keep: false);
            }
        }
    }

    private static void Report(Subject[] subjects)
    {
        foreach (IGrouping<int, Subject> group in subjects.GroupBy(static s => s.Names))
        {
            Console.WriteLine();
            Console.WriteLine($"{group.Key:N0} names");
            Console.WriteLine($"{"rules",10}  {"kind",-14} {"ns",8} {"floor",8} {"bytes",8}   rounds");
            foreach (Subject subject in group)
            {
                string rounds = string.Join(' ', subject.Results.Select(static r => r.ToString("F1", CultureInfo.InvariantCulture)));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{subject.Rules,10:N0}  {subject.Kind,-14} {subject.Median,8:F1} {subject.Floor,8:F1} {subject.Bytes,8:F3}   {rounds}"));
            }

            Compare([.. group]);
        }
    }

    private static void Compare(Subject[] subjects)
    {
        foreach (string kind in Kinds())
        {
            double few = subjects.Single(s => s.Rules == Sizes[0] && s.Kind == kind).Median;
            double many = subjects.Single(s => s.Rules == Sizes[^1] && s.Kind == kind).Median;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"growth {Sizes[0]:N0} -> {Sizes[^1]:N0} rules, {kind}: {many / few:F2}x"));
        }

        foreach (int size in Sizes)
        {
            double allow = subjects.Single(s => s.Rules == size && s.Kind == "allow").Median;
            string ratios = string.Join(", ", subjects.Where(s => s.Rules == size && s.Kind != "allow")
                .Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Kind} {s.Median / allow:F2}x")));
            Console.WriteLine($"against allow at {size:N0} rules: {ratios}");
        }
    }

    private sealed class Subject
    {
        private readonly SystemAction _read = SystemAction.Intern("bench", "read");
        private readonly OperationSet _operations = new();
        private readonly byte[] _names;
        private readonly int[] _ends;
        private readonly CompiledPolicy _policy;
        private readonly AuthorizationContext _context;
        private int _next;
        private ulong _hash;

        public Subject(int rules, string kind, int count)
        {
            Names = count;
            Rules = rules;
            Kind = kind;
            List<Problem> problems = [];
            _policy = CompiledPolicy.Compile(1, [new RoleDocument { Name = "all", Grants = [.. Enumerable.Range(0, rules).Select(GrantOf)] }], problems)
                ?? throw new InvalidOperationException(string.Join('\n', problems));
            _context = new AuthorizationContext(new Principal("bench", "native"), ["all"], IPAddress.Loopback, "gate", false, DateTimeOffset.UnixEpoch, 1);
            var names = new List<byte>();
            _ends = new int[Names];
            for (int i = 0; i < Names; i++)
            {
                names.AddRange(Encoding.UTF8.GetBytes(NameOf(RandomNumberGenerator.GetInt32(rules), kind, i)));
                _ends[i] = names.Count;
            }

            _names = [.. names];
        }

        public int Rules { get; }

        public string Kind { get; }

        public int Names { get; }

        public double Bytes { get; private set; }

        public List<double> Results { get; } = [];

        public List<double> Floors { get; } = [];

        public double Median => Results.Order().ElementAt(Results.Count / 2);

        public double Floor => Floors.Order().ElementAt(Floors.Count / 2);

        public void Measure(bool keep = true)
        {
            double floor = MedianBatch(decides: false);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int allowed = Loop(Names, decides: true);
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            double all = MedianBatch(decides: true);
            if (allowed != (Kind == "allow" ? Names : 0))
            {
                throw new InvalidOperationException($"{Kind} at {Rules}: {allowed} of {Names} allowed");
            }

            if (keep)
            {
                Results.Add(all / Batch);
                Floors.Add(floor / Batch);
                Bytes = Math.Max(Bytes, (double)bytes / Names);
            }
        }

        private double MedianBatch(bool decides)
        {
            Span<double> times = stackalloc double[Batches];
            for (int i = 0; i < Batches; i++)
            {
                long start = Stopwatch.GetTimestamp();
                Loop(Batch, decides);
                times[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            }

            times.Sort();
            return times[Batches / 2];
        }

        private static Grant GrantOf(int i)
        {
            string pattern = (i % 10) switch
            {
                0 or 1 or 2 or 3 or 4 => $"tenants/{Id(i)}/data/**",
                5 or 6 => $"config/{Id(i)}/settings",
                7 => $"teams/{Id(i)}/*/read",
                8 => $"**/{Id(i)}.log",
                _ => $"tenants/{Id(i - 9)}/data/secret/**",
            };
            return new Grant { Effect = i % 10 == 9 ? GrantEffect.Deny : GrantEffect.Allow, System = "bench", Actions = ["read"], Resources = [pattern] };
        }

        private static string NameOf(int rule, string kind, int i)
        {
            string id = kind == "no grant" ? Id(rule) + "x" : Id(rule);
            return (kind == "explicit deny" ? 9 : rule % 10) switch
            {
                0 or 1 or 2 or 3 or 4 => $"tenants/{id}/data/item{i % 100}",
                5 or 6 => $"config/{id}/settings",
                7 => $"teams/{id}/blue/read",
                8 => $"var/log/{id}.log",
                _ when kind == "explicit deny" => $"tenants/{Id(rule / 10 * 10)}/data/secret/k{i % 100}",
                _ => $"tenants/{(kind == "no grant" ? id : Id(rule - 9))}/data/open/k{i % 100}",
            };
        }

        private static string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"t{i * 7919L % 1_000_003:D7}");

        private int Loop(int decisions, bool decides)
        {
            int allowed = 0;
            int name = _next;
            int from = name == 0 ? 0 : _ends[name - 1];
            for (int i = 0; i < decisions; i++)
            {
                int end = _ends[name];
                _operations.Clear();
                _operations.Begin(_read);
                _operations.AddResource(_names.AsSpan(from, end - from));
                if (!decides)
                {
                    _hash ^= Hash(_operations[0].Resource(0));
                }
                else if (Authorizer.Decide(_policy, _context, _operations).IsAllowed)
                {
                    allowed++;
                }

                from = end;
                if (++name == Names)
                {
                    (name, from) = (0, 0);
                }
            }

            _next = name;
            return allowed;
        }

        private static ulong Hash(ReadOnlySpan<byte> name)
        {
            ulong state = (ulong)name.Length;
            for (; name.Length >= sizeof(ulong); name = name[sizeof(ulong)..])
            {
                state = Fold(state ^ BitConverter.ToUInt64(name));
            }

            ulong rest = 0;
            foreach (byte value in name)
            {
                rest = (rest << 8) | value;
            }

            return Fold(state ^ rest);
        }

        private static ulong Fold(ulong value) => Math.BigMul(value, 0x9e3779b97f4a7c15, out ulong low) ^ low;
    }
}
