using System.Collections.Frozen;
using Gatehouse.Operations;
using Gatehouse.Policy.Names;

namespace Gatehouse.Policy.Indices;

/// <summary>
/// Elastic's privileges as words of grants, and what each implies: Elastic has them as patterns over names of internal actions
/// (<c>ClusterPrivilegeResolver</c>, <c>IndexPrivilege</c>); whoever asks for the weaker one has it by the stronger one.
/// </summary>
public static class Privileges
{
    /// <summary>The system whose words these are.</summary>
    public const string System = "elasticsearch";

    private const string Index = "index:";
    private const string Cluster = "cluster:";

    // What reads the state of an index or its documents: all that superuser may do with restricted ones, as in Elastic; and what
    // changes nothing of either, so that a refresh of everything stays one of everything.
    private static readonly FrozenSet<string> Reading = FrozenSet.Create(
        StringComparer.Ordinal,
        "index:read",
        "index:read_cross_cluster",
        "index:read_failure_store",
        "index:monitor",
        "index:maintenance",
        "index:view_index_metadata",
        "index:read_view_metadata");

    private static readonly FrozenDictionary<string, string[]> Grantors = PrivilegeTable.Grantors();
    private static readonly FrozenDictionary<string, string[]>.AlternateLookup<ReadOnlySpan<char>> Known = Grantors.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>All of them, sorted.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Grantors.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Whether there is a privilege of this name.</summary>
    public static bool IsKnown(string word) => Grantors.ContainsKey(word);

    /// <summary>Whether a word of a grant, maybe with <c>*</c>, grants a privilege or what implies it.</summary>
    public static bool Covers(string word, string asked)
    {
        if (GrantShape.Matches(word, asked))
        {
            return true;
        }

        if (!Known.TryGetValue(asked, out string[]? grantors))
        {
            // Nothing but `all` has what is not known.
            return asked.StartsWith(Index, StringComparison.Ordinal) ? GrantShape.Matches(word, "index:all")
                : asked.StartsWith(Cluster, StringComparison.Ordinal) && GrantShape.Matches(word, "cluster:all");
        }

        foreach (string grantor in grantors)
        {
            if (GrantShape.Matches(word, grantor))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether two words of grants have a privilege in common.</summary>
    public static bool Overlap(string one, string other) => All.Any(word => Covers(one, word) && Covers(other, word));

    /// <summary>Whether an action is decided on names of indices.</summary>
    internal static bool IsOnIndices(SystemAction action) => action.System == System && action.Name.StartsWith(Index, StringComparison.Ordinal);

    /// <summary>Whether an action only reads, or changes nothing that could be read.</summary>
    internal static bool IsReading(SystemAction action) => Reading.Contains(action.Name);

    /// <summary>What is wrong with a word of a grant, or null.</summary>
    internal static string? Fault(string word)
    {
        if (word.Contains('/') || word.StartsWith("indices:", StringComparison.Ordinal) || word.StartsWith("internal:", StringComparison.Ordinal))
        {
            return InsteadOf(word) is { } instead
                ? $"is a name of Elasticsearch's internal actions; the privilege for it is `{instead}`"
                : "is a name of Elasticsearch's internal actions, for which there is no privilege";
        }

        return word.Contains('*') || IsKnown(word) ? null
            : IsKnown(Index + word) ? $"is no privilege; `{Index}{word}` is{(IsKnown(Cluster + word) ? $", and `{Cluster}{word}`" : "")}"
            : IsKnown(Cluster + word) ? $"is no privilege; `{Cluster}{word}` is"
            : $"is no privilege of Elasticsearch; the nearest is `{Nearest(word)}`";
    }

    private static string? InsteadOf(string word)
    {
        foreach ((string head, string privilege) in PrivilegeTable.Internal)
        {
            if (word.StartsWith(head, StringComparison.Ordinal))
            {
                return privilege;
            }
        }

        return null;
    }

    private static string Nearest(string word) => WordDistance.Nearest(word, All);
}
