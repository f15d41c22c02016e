using System.Runtime.InteropServices;

namespace Gatehouse.Policy.Tables;

/// <summary>Lays the grants of a set of roles out as a <see cref="RuleSet"/>. Cold: runs once a role set and policy.</summary>
internal static class RuleSetBuilder
{
    /// <summary>Builds the set. Patterns are parsed and hashed already, so this is one pass and a sort.</summary>
    public static RuleSet Build(CompiledRole[] roles, PatternTable table)
    {
        GrantShape[] shapes = [.. roles.SelectMany(static r => r.Grants).Select(static g => g.Shape).Distinct()];
        Dictionary<GrantShape, int> local = [];
        foreach (GrantShape shape in shapes)
        {
            local.Add(shape, local.Count);
        }

        ulong[] pairs = PairUp(roles, table, local);
        List<int[]> groups = [];
        int[] groupOf = Group(pairs, groups, out int[] patterns);
        List<ResourcePattern> slotted = [];
        PlaceTable places = Lay(table, patterns, groupOf, slotted);
        return new RuleSet(new RuleSetParts
        {
            Roles = roles,
            Groups = [.. groups],
            Shapes = shapes,
            WholeDenies = WholeDenies(shapes, pairs, table),
            DenyHeads = HeadsOf(shapes, pairs, table),
            Probes = table.PlanOf(patterns, SegmentsOfNames(table, patterns)),
            Places = places,
            Slotted = [.. slotted],
        });
    }

    // Every (pattern, shape) once, in the order of patterns, then shapes.
    private static ulong[] PairUp(CompiledRole[] roles, PatternTable table, Dictionary<GrantShape, int> local)
    {
        var pairs = new List<ulong>();
        foreach (CompiledRole role in roles)
        {
            foreach (CompiledGrant grant in role.Grants)
            {
                uint shape = (uint)local[grant.Shape];
                var syntax = PatternSyntax.For(grant.Document);
                foreach (ResourcePattern pattern in grant.Patterns)
                {
                    pairs.Add(((ulong)table.IdOf(syntax, pattern) << 32) | shape);
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

    // How many segments the patterns without wildcards have.
    private static int[] SegmentsOfNames(PatternTable table, int[] patterns) =>
        [.. patterns.Select(id => table[id]).Where(static p => p.Kind == PatternKind.Exact).Select(static p => p.Head.AsSpan().Count((byte)'/') + 1).Distinct().Order()];

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

    private static PlaceTable Lay(PatternTable table, int[] patterns, int[] groupOf, List<ResourcePattern> slotted)
    {
        var places = new NewPlace[patterns.Length];
        for (int i = 0; i < patterns.Length; i++)
        {
            ResourcePattern pattern = table[patterns[i]];
            byte[] bytes = pattern.Kind switch
            {
                PatternKind.General => pattern.Program,
                PatternKind.Slotted => BitConverter.GetBytes(slotted.Count),
                _ => pattern.Head,
            };
            places[i] = new NewPlace(table.HashOf(patterns[i]), groupOf[i], pattern.Kind, bytes);
            if (pattern.Kind == PatternKind.Slotted)
            {
                slotted.Add(pattern);
            }
        }

        return new PlaceTable(places);
    }
}
