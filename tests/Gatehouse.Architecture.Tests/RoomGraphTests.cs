using Mono.Cecil;
using Shouldly;
using Xunit;

namespace Gatehouse.Architecture.Tests;

/// <summary>The walls between rooms: a room is a top-level namespace of a project, and rooms make no cycle.</summary>
public class RoomGraphTests
{
    private static readonly IReadOnlyList<Edge> Edges = [.. Repository.Assemblies.SelectMany(EdgesOf)];

    [Fact]
    public void Rooms_use_only_the_written_ones() => Golden.Compare(
        "rooms.txt",
        Edges.GroupBy(static e => (e.Project, e.From))
            .OrderBy(static g => g.Key.Project, StringComparer.Ordinal).ThenBy(static g => g.Key.From, StringComparer.Ordinal)
            .Select(static g => $"{g.Key.Project}/{g.Key.From} -> {string.Join(' ', g.Select(static e => e.To).Distinct().Order(StringComparer.Ordinal))}")
            .Prepend("# Rooms: which rooms of the same project each uses. Rewritten by ./test.sh --update-golden."));

    [Fact]
    public void Rooms_make_no_cycle()
    {
        foreach (IGrouping<string, Edge> project in Edges.GroupBy(static e => e.Project))
        {
            ILookup<string, Edge> from = project.ToLookup(static e => e.From);
            var done = new HashSet<string>(StringComparer.Ordinal);
            foreach (string room in project.Select(static e => e.From).Distinct())
            {
                IReadOnlyList<Edge>? cycle = Cycle(room, [], from, done);
                cycle.ShouldBeNull(cycle is null ? "" : $"{project.Key}:\n" + string.Join(
                    '\n', cycle.Select(e => $"  {e.From} -> {e.To}: " + string.Join(", ", from[e.From].Where(x => x.To == e.To).Select(static x => x.Why).Distinct().Take(5)))));
            }
        }
    }

    [Fact]
    public void Every_type_is_in_a_room()
    {
        // A small project is one room; one with rooms has nothing outside of them but its log.
        foreach (AssemblyDefinition assembly in Repository.Assemblies)
        {
            ILookup<bool, string> housed = assembly.MainModule.Types
                .Where(t => !IsGenerated(t) && t.Name is not ("Program" or "Log"))
                .ToLookup(t => Room(t, assembly.Name.Name) is not null, static t => t.FullName);
            if (housed[true].Any())
            {
                housed[false].ShouldBeEmpty(assembly.Name.Name);
            }
        }
    }

    private static IReadOnlyList<Edge>? Cycle(string room, List<Edge> path, ILookup<string, Edge> from, HashSet<string> done)
    {
        int seen = path.FindIndex(e => e.From == room);
        if (seen >= 0)
        {
            return path[seen..];
        }

        if (done.Contains(room))
        {
            return null;
        }

        foreach (Edge edge in from[room].DistinctBy(static e => e.To))
        {
            path.Add(edge);
            if (Cycle(edge.To, path, from, done) is IReadOnlyList<Edge> cycle)
            {
                return cycle;
            }

            path.RemoveAt(path.Count - 1);
        }

        done.Add(room);
        return null;
    }

    private static IEnumerable<Edge> EdgesOf(AssemblyDefinition assembly)
    {
        string project = assembly.Name.Name;
        return from type in TypeUse.All(assembly)
               let room = Room(type, project)
               where room is not null
               from used in TypeUse.Of(type)
               where used.Scope == type.Module
               let other = Room(used, project)
               where other is not null && other != room
               select new Edge(project, room, other, $"{TypeUse.Outermost(type).Name} uses {TypeUse.Outermost(used).Name}");
    }

    private static string? Room(TypeReference type, string project)
    {
        string space = TypeUse.Outermost(type).Namespace;
        return space.StartsWith(project + ".", StringComparison.Ordinal) ? space[(project.Length + 1)..].Split('.')[0] : null;
    }

    private static bool IsGenerated(TypeDefinition type) =>
        type.Name.StartsWith('<') || type.Namespace.StartsWith("System.", StringComparison.Ordinal) || type.Namespace.StartsWith("Microsoft.", StringComparison.Ordinal)
        || type.CustomAttributes.Any(static a => a.AttributeType.Name is "CompilerGeneratedAttribute" or "EmbeddedAttribute");

    private sealed record Edge(string Project, string From, string To, string Why);
}
