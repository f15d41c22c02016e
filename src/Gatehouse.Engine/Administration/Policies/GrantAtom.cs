using System.Collections.Immutable;
using System.Net;
using Gatehouse.Administration;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Names;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>A grant with one action on one resource pattern: what rights are compared by.</summary>
internal sealed record GrantAtom
{
    private const int MostSteps = 1_000_000;

    private GrantAtom(Grant grant, string action, string resource)
    {
        IsDeny = grant.Effect == GrantEffect.Deny;
        System = grant.System;
        Action = action;
        Resource = resource;
        AllowsRestricted = grant.AllowRestricted;
        When = grant.When;
        Text = GrantText.Format(GrantView.From(grant with { Actions = [action], Resources = [resource] }));
    }

    /// <summary>Whether it takes away.</summary>
    public bool IsDeny { get; }

    /// <summary>The system, or <c>*</c>.</summary>
    public string System { get; }

    /// <summary>The action pattern.</summary>
    public string Action { get; }

    /// <summary>The resource pattern.</summary>
    public string Resource { get; }

    /// <summary>Whether it reaches restricted names where others do not.</summary>
    public bool AllowsRestricted { get; }

    /// <summary>Its conditions.</summary>
    public GrantConditions? When { get; }

    /// <summary>As people write it; two atoms of one effect with one text are the same.</summary>
    public string Text { get; }

    /// <summary>Whether it reaches Gatehouse itself.</summary>
    public bool IsCritical => System is "*" or AdminEndpoint.System;

    /// <summary>What identifies it.</summary>
    public (bool, string) Key => (IsDeny, Text);

    /// <summary>The atoms of grants.</summary>
    public static IEnumerable<GrantAtom> Of(IEnumerable<Grant> grants) =>
        from grant in grants
        from action in grant.Actions
        from resource in grant.Resources.IsDefaultOrEmpty ? [GrantText.EverythingOf(grant.System)] : grant.Resources
        select new GrantAtom(grant, action, resource);

    /// <summary>Whether this one matches whatever the other does. False where it cannot be said: then a right is named, never hidden.</summary>
    public bool Covers(GrantAtom other) =>
        (System == "*" || System == other.System)
        && (CoversPattern(Action, other.Action, isPath: false) || (IsOnIndices && Privileges.IsKnown(other.Action) && Privileges.Covers(Action, other.Action))
            || (IsOnIgnite && IgniteRights.All.Contains(other.Action) && IgniteRights.Covers(IsDeny ? GrantEffect.Deny : GrantEffect.Allow, Action, other.Action)))
        && (IsOnTopics || other.IsOnTopics ? CoversTopics(other) : IsOnIgnite || other.IsOnIgnite ? CoversNames(other) : CoversDots(other) && CoversPattern(Resource, other.Resource, isPath: true))
        && (AllowsRestricted || !other.AllowsRestricted)
        && (ReachesPrefixes || !other.ReachesPrefixes)
        && CoversConditions(When, other.When);

    /// <summary>Whether both could match one operation. True where it cannot be said.</summary>
    public bool Overlaps(GrantAtom other) =>
        (System == "*" || other.System == "*" || System == other.System)
        && (AreAlike(Action, other.Action) || ((IsOnIndices || other.IsOnIndices) && Privileges.Overlap(Action, other.Action))
            || ((IsOnIgnite || other.IsOnIgnite) && IgniteRights.Overlap(Action, other.Action)))
        && (AreAlike(Resource, other.Resource) || ((IsOnTopics || other.IsOnTopics) && MqttRights.CouldMeet(Resource, other.Resource)) || ((IsOnIgnite || other.IsOnIgnite) && IgniteRights.CouldMeet(Resource, other.Resource)) || Resource.StartsWith('.') || other.Resource.StartsWith('.')); // backing indices are their streams'

    private bool IsOnIndices => System == Privileges.System;

    private bool IsOnIgnite => System == IgniteRights.System;

    private bool IsOnTopics => System == MqttRights.System;

    // Requests for "all that begins so" are allowed by these patterns alone, whatever else matches each of the names.
    private bool ReachesPrefixes => IsOnIgnite
        ? Resource.Count(static c => c == '*') == 1 && Resource[^1] == '*' && !Resource.Contains("${", StringComparison.Ordinal)
        : IsPrefix(Resource);

    // Here one star is any run; of a grant for all systems, which is a path, only everything is all that a pattern can match.
    private bool CoversNames(GrantAtom other) =>
        IsOnIgnite == other.IsOnIgnite ? CoversPattern(Resource, other.Resource, isPath: false) : Resource == "**";

    // Of a grant for all systems, which is a path, only everything is every filter.
    private bool CoversTopics(GrantAtom other) =>
        IsOnTopics == other.IsOnTopics ? MqttRights.Covers(Resource, other.Resource) : Resource == "**";

    // Among indices no pattern reaches a name with a dot before it unless it begins so itself.
    private bool CoversDots(GrantAtom other) => !IsOnIndices || Resource[0] == '.' || Resource == "**" || (other.Resource[0] != '.' && other.Resource != "**");

    /// <summary>Whether every name that <paramref name="inner"/> matches is matched by <paramref name="outer"/>.</summary>
    internal static bool CoversPattern(string outer, string inner, bool isPath)
    {
        if (outer == inner || (outer is "**" && isPath) || (outer is "*" && !isPath))
        {
            return true;
        }

        Part[] covering = Parts(outer, isPath);
        Part[] covered = Parts(inner, isPath);
        if ((long)covering.Length * covered.Length > MostSteps)
        {
            return false;
        }

        // reached[j]: the parts of `outer` so far match exactly the first j parts of `inner`.
        bool[] reached = new bool[covered.Length + 1];
        reached[0] = true;
        foreach (Part part in covering)
        {
            bool[] next = new bool[covered.Length + 1];
            for (int j = 0; j <= covered.Length; j++)
            {
                next[j] = part.IsRun
                    ? reached[j] || (j > 0 && next[j - 1] && part.Absorbs(covered[j - 1]))
                    : j > 0 && reached[j - 1] && part == covered[j - 1];
            }

            reached = next;
        }

        return reached[^1];
    }

    private static bool IsPrefix(string pattern) =>
        pattern.EndsWith("**", StringComparison.Ordinal) && !pattern.AsSpan(0, pattern.Length - 2).Contains('*') && !pattern.Contains("${", StringComparison.Ordinal);

    private static Part[] Parts(string pattern, bool isPath)
    {
        List<Part> parts = [];
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '*')
            {
                // In names of actions one star is any run.
                bool isDouble = !isPath || (i + 1 < pattern.Length && pattern[i + 1] == '*');
                i += isDouble && isPath ? 1 : 0;
                parts.Add(new Part(isDouble ? "**" : "*", true));
            }
            else if (isPath && pattern[i] == '$' && i + 1 < pattern.Length && pattern[i + 1] == '{' && pattern.IndexOf('}', i) is > 0 and int end)
            {
                parts.Add(new Part(pattern[i..(end + 1)], false));
                i = end;
            }
            else
            {
                parts.Add(new Part(pattern[i].ToString(), false));
            }
        }

        return [.. parts];
    }

    // By what stands before the first wildcard or placeholder of each.
    private static bool AreAlike(string one, string other)
    {
        string a = Literal(one);
        string b = Literal(other);
        return a.StartsWith(b, StringComparison.Ordinal) ? b.Length < other.Length || a == b : b.StartsWith(a, StringComparison.Ordinal) && a.Length < one.Length;
    }

    private static string Literal(string pattern) => pattern.AsSpan().IndexOfAny('*', '?', '$') is >= 0 and int end ? pattern[..end] : pattern;

    private static bool CoversConditions(GrantConditions? outer, GrantConditions? inner)
    {
        if (outer is null)
        {
            return true;
        }

        inner ??= new GrantConditions();
        return (outer.Sources.IsDefaultOrEmpty || (!inner.Sources.IsDefaultOrEmpty && inner.Sources.All(source => outer.Sources.Any(network => Contains(network, source)))))
            && (outer.Gates.IsDefaultOrEmpty || (!inner.Gates.IsDefaultOrEmpty && inner.Gates.All(outer.Gates.Contains)))
            && (!outer.ClientCertificate || inner.ClientCertificate)
            && (outer.NotBefore is null || inner.NotBefore >= outer.NotBefore)
            && (outer.NotAfter is null || inner.NotAfter <= outer.NotAfter)
            && (outer.Hours is null || outer.Hours == inner.Hours)
            && (outer.Qos.IsDefaultOrEmpty || (!inner.Qos.IsDefaultOrEmpty && inner.Qos.All(outer.Qos.Contains)))
            && (outer.Retain is null || outer.Retain == inner.Retain)
            && (outer.Own != true || inner.Own == true);
    }

    private static bool Contains(string outer, string inner) =>
        outer == inner || (Network(outer) is { } network && Network(inner) is { } part && network.PrefixLength <= part.PrefixLength && network.Contains(part.BaseAddress));

    private static IPNetwork? Network(string text) =>
        IPNetwork.TryParse(text.Contains('/') ? text : text + (text.Contains(':') ? "/128" : "/32"), out IPNetwork network) ? network : null;

    /// <summary>One character, one placeholder, or a run.</summary>
    private readonly record struct Part(string Text, bool IsRun)
    {
        /// <summary>Whether this run goes over another part; a placeholder's value never has a <c>/</c> or a wildcard.</summary>
        public bool Absorbs(Part other) => Text == "**" || (other.Text is not ("/" or "**"));
    }
}
