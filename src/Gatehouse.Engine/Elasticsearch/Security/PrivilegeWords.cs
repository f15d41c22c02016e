using System.Collections.Frozen;
using System.Collections.Immutable;
using Gatehouse.Operations;
using Gatehouse.Policy.Indices;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// Elastic's privileges by the names that its API has for them, interned once. A word that is none of them is asked for as
/// <c>all</c>: what nobody knows is had only by those who have everything, and words of clients never become actions.
/// </summary>
internal static class PrivilegeWords
{
    /// <summary>The system of the grants.</summary>
    public const string System = Privileges.System;

    /// <summary>How actions on the cluster begin.</summary>
    public const string ClusterPrefix = "cluster:";

    /// <summary>How actions on indices begin.</summary>
    public const string IndexPrefix = "index:";

    /// <summary>Everything.</summary>
    public const string All = "all";

    /// <summary>Nothing; accepted in roles as Elasticsearch does.</summary>
    public const string None = "none";

    private static readonly FrozenDictionary<string, SystemAction> ClusterActions = Actions(ClusterPrefix);

    private static readonly FrozenDictionary<string, SystemAction> IndexActions = Actions(IndexPrefix);

    /// <summary>Privileges on the cluster, sorted.</summary>
    public static ImmutableArray<string> Cluster { get; } = [.. ClusterActions.Keys.Append(None).Order(StringComparer.Ordinal)];

    /// <summary>Privileges on indices, sorted.</summary>
    public static ImmutableArray<string> Index { get; } = [.. IndexActions.Keys.Append(None).Order(StringComparer.Ordinal)];

    /// <summary>The action of a privilege on the cluster.</summary>
    public static SystemAction OnCluster(string name) => ClusterActions.GetValueOrDefault(name) ?? ClusterActions[All];

    /// <summary>The action of a privilege on indices.</summary>
    public static SystemAction OnIndex(string name) => IndexActions.GetValueOrDefault(name) ?? IndexActions[All];

    private static FrozenDictionary<string, SystemAction> Actions(string prefix) => Privileges.All
        .Where(word => word.StartsWith(prefix, StringComparison.Ordinal) && word[prefix.Length..] != None)
        .ToFrozenDictionary(word => word[prefix.Length..], static word => SystemAction.Intern(System, word), StringComparer.Ordinal);
}
