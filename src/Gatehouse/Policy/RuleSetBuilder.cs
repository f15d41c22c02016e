using System.Numerics;
using System.Runtime.InteropServices;

namespace Gatehouse.Policy;

/// <summary>Lays the grants of a set of roles out as a <see cref="RuleSet"/>. Cold: runs once a role set and policy.</summary>
internal static class RuleSetBuilder
{
    /// <summary>Builds the set. Patterns are parsed and hashed already, so this is one pass and a sort.</summary>
    public static RuleSet Build(CompiledRole[] roles, PatternTable table)
    {
        GrantShape[] shapes = [.. roles.SelectMany(static r => r.Grants).Select(static g => g.Shape).Distinct()];
        Dictionary<int, int> local = [];
        foreach (GrantShape shape in shapes)
        {
            local.Add(shape.Id, local.Count);
        }

        ulong[] pairs = PairUp(roles, local);
        List<int[]> groups = [];
        int[] groupOf = Group(pairs, groups, out int[] patterns);
        var parts = new TableParts(table, patterns, groupOf);
        return new RuleSet(new RuleSetParts
        {
            Roles = roles,
            Table = table,
            Groups = [.. groups],
            Shapes = shapes,
            WholeDenies = WholeDenies(shapes, pairs, table),
            DenyHeads = HeadsOf(shapes, pairs, table),
            Probes = [.. patterns.Select(table.ProbeOf).Distinct().OrderByDescending(static p => p.IsWholeName).ThenBy(static p => p.Id)],
            Places = parts.Places,
            Literals = parts.Literals,
            Patterns = parts.Patterns,
        });
    }

    // Every (pattern, shape) once, in the order of patterns, then shapes.
    private static ulong[] PairUp(CompiledRole[] roles, Dictionary<int, int> local)
    {
        var pairs = new List<ulong>();
        foreach (CompiledRole role in roles)
        {
            foreach (CompiledGrant grant in role.Grants)
            {
                uint shape = (uint)local[grant.Shape.Id];
                foreach (int pattern in grant.Patterns)
                {
                    pairs.Add(((ulong)pattern << 32) | shape);
                }
            }
        }

        pairs.Sort();
        int kept = 0;
        Span<ulong> span = CollectionsMarshal.AsSpan(pairs);
        for (int i = 0; i < span.Length; i++)
        {
            if (i == 0 || span[i] != span[i - 1])
            {
                span[kept++] = span[i];
            }
        }

        return span[..kept].ToArray();
    }

    // Patterns named by the same shapes are in one group; there are few groups even in a large set.
    private static int[] Group(ulong[] pairs, List<int[]> groups, out int[] patterns)
    {
        var single = new Dictionary<int, int>();
        var several = new Dictionary<string, int>(StringComparer.Ordinal);
        var seen = new List<int>();
        var groupOf = new List<int>();
        for (int i = 0; i < pairs.Length;)
        {
            int end = i + 1;
            while (end < pairs.Length && pairs[end] >> 32 == pairs[i] >> 32)
            {
                end++;
            }

            int[] shapes = Array.ConvertAll(pairs[i..end], static pair => (int)(uint)pair);
            ref int group = ref shapes.Length == 1
                ? ref CollectionsMarshal.GetValueRefOrAddDefault(single, shapes[0], out bool found)
                : ref CollectionsMarshal.GetValueRefOrAddDefault(several, string.Join(',', shapes), out found);
            if (!found)
            {
                group = groups.Count;
                groups.Add(shapes);
            }

            seen.Add((int)(pairs[i] >> 32));
            groupOf.Add(group);
            i = end;
        }

        patterns = [.. seen];
        return [.. groupOf];
    }

    private static bool[] WholeDenies(GrantShape[] shapes, ulong[] pairs, PatternTable table)
    {
        var result = new bool[shapes.Length];
        foreach (ulong pair in pairs)
        {
            int shape = (int)(uint)pair;
            result[shape] |= shapes[shape].Effect == GrantEffect.Deny && table[(int)(pair >> 32)].IsEverything;
        }

        return result;
    }

    private static DenyHeads?[] HeadsOf(GrantShape[] shapes, ulong[] pairs, PatternTable table)
    {
        var patterns = new List<ResourcePattern>?[shapes.Length];
        foreach (ulong pair in pairs)
        {
            int shape = (int)(uint)pair;
            if (shapes[shape].Effect == GrantEffect.Deny)
            {
                (patterns[shape] ??= []).Add(table[(int)(pair >> 32)]);
            }
        }

        return Array.ConvertAll(patterns, static list => list is null ? null : new DenyHeads(list));
    }

    /// <summary>Fills the hash table: open addressing, at most half full, patterns under one hash one after the other.</summary>
    private sealed class TableParts
    {
        public TableParts(PatternTable table, int[] patterns, int[] groupOf)
        {
            Places = new Place[BitOperations.RoundUpToPowerOf2((uint)Math.Max(8, patterns.Length * 2))];
            var literals = new List<byte>();
            var general = new List<ResourcePattern>();
            int mask = Places.Length - 1;
            for (int i = 0; i < patterns.Length; i++)
            {
                ResourcePattern pattern = table[patterns[i]];
                ulong hash = table.HashOf(patterns[i]);
                int at = (int)(hash >> 8) & mask;
                while (Places[at].Hash != 0)
                {
                    at = (at + 1) & mask;
                }

                bool isGeneral = pattern.Kind == PatternKind.General;
                Places[at] = new Place(hash, isGeneral ? general.Count : literals.Count, isGeneral ? 0 : pattern.Head.Length, groupOf[i], pattern.Kind);
                if (isGeneral)
                {
                    general.Add(pattern);
                }
                else
                {
                    literals.AddRange(pattern.Head);
                }
            }

            Literals = [.. literals];
            Patterns = [.. general];
        }

        public Place[] Places { get; }

        public byte[] Literals { get; }

        public ResourcePattern[] Patterns { get; }
    }
}
