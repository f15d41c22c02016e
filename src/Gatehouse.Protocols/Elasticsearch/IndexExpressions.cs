using System.Buffers;
using System.Text;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>
/// Lists of index expressions as Elasticsearch reads them (API conventions: multi-target syntax, date math, remote clusters,
/// component selectors): split on commas after one decoding; absent, empty and <c>_all</c> are everything; an exclusion counts
/// only behind a wildcard and is left out here, for it never justifies anything.
/// </summary>
internal static class IndexExpressions
{
    private const int MaxBytes = 255;
    private const string All = "*";
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\\/?\"<>| #");

    /// <summary>Adds each expression once; false where one of them cannot be a name.</summary>
    /// <param name="list">The list as sent, decoded.</param>
    /// <param name="action">The action it is for; with <c>::failures</c> another one takes its place.</param>
    /// <param name="into">Takes them.</param>
    public static bool TryRead(string list, string action, OperationList into)
    {
        string[] parts = list.Split(',');
        if (Array.TrueForAll(parts, static p => p.Length == 0))
        {
            into.Add(action, All);
            return true;
        }

        bool hasWildcard = false;
        foreach (string part in parts)
        {
            bool isExclusion = hasWildcard && part.StartsWith('-');
            string name = isExclusion ? part[1..] : part;
            if (!TrySelector(ref name, out bool isFailures) || !IsName(name))
            {
                return false;
            }

            hasWildcard |= name.Contains('*') || name == "_all";
            if (!isExclusion)
            {
                into.Add(isFailures ? FailureAction(action) : action, Canonical(name));
            }
        }

        return true;
    }

    /// <summary>Whether it may be one name that is written to or made: no list, no wildcard.</summary>
    public static bool IsOneName(string name) => name.Length > 0 && !name.Contains(',') && (!name.Contains('*') || name[0] == '<');

    private static string Canonical(string name) => name == "_all" || !name.AsSpan().ContainsAnyExcept('*') ? All : name;

    private static string FailureAction(string action) => action switch
    {
        "index:read" => "index:read_failure_store",
        "index:manage" => "index:manage_failure_store",
        _ => action,
    };

    // `::` goes first: what is left of it may hold the `:` of a remote cluster.
    private static bool TrySelector(ref string name, out bool isFailures)
    {
        isFailures = false;

        // What is between the brackets of date math is its own.
        int end = name.StartsWith('<') ? name.LastIndexOf('>') : 0;
        int at = end < 0 ? -1 : name.IndexOf("::", end, StringComparison.Ordinal);
        if (at < 0)
        {
            return true;
        }

        string selector = name[(at + 2)..];
        name = name[..at];
        isFailures = selector is "failures";
        return selector is "failures" or "data";
    }

    private static bool IsName(string name)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > MaxBytes || name.Any(char.IsControl))
        {
            return false;
        }

        if (name[0] == '<')
        {
            // Date math may hold anything between its brackets, a slash too; its format can spell any name.
            return name.Length > 2 && name[^1] == '>';
        }

        int colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            string cluster = name[..colon];
            string index = name[(colon + 1)..];
            return IsLocal(cluster) && !index.Contains(':') && (index.StartsWith('<') ? index.EndsWith('>') : IsLocal(index) || index == "_all");
        }

        return name == "_all" || IsLocal(name);
    }

    private static bool IsLocal(string name) =>
        name.Length > 0 && name[0] is not ('_' or '+') && name is not ("." or "..") && !name.AsSpan().ContainsAny(Forbidden);
}
