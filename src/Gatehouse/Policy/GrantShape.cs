using System.Collections.Immutable;
using Gatehouse.Operations;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Names;

namespace Gatehouse.Policy;

/// <summary>Everything of a grant but its resources: effect, system, actions, conditions. Shared by all grants that agree in it.</summary>
internal sealed class GrantShape(string key, Grant document, CompiledConditions? conditions)
{
    private readonly string[] _actions = [.. document.Actions];
    private readonly string _system = document.System;

    /// <summary>What tells it from every other shape.</summary>
    public string Key { get; } = key;

    /// <summary>Allow or deny.</summary>
    public GrantEffect Effect { get; } = document.Effect;

    /// <summary>The conditions, or null for none.</summary>
    public CompiledConditions? Conditions { get; } = conditions;

    /// <summary>Whether it speaks of this action: of its system, and of its name.</summary>
    public FailedCondition CheckAction(SystemAction action)
    {
        if (!SpeaksOf(action.System))
        {
            return FailedCondition.System;
        }

        foreach (string pattern in _actions)
        {
            if (Covers(pattern, action))
            {
                return FailedCondition.None;
            }
        }

        return FailedCondition.Action;
    }

    /// <summary>Whether it is written for a system, or for all.</summary>
    public bool SpeaksOf(string system) => _system == "*" || _system == system;

    /// <summary>Whether it holds for restricted names: a deny always, an allow where it says so, or reads in every system.</summary>
    public bool ReachesRestricted(SystemAction action) =>
        Effect == GrantEffect.Deny || document.AllowRestricted || (_system == "*" && Privileges.IsReading(action));

    /// <summary>The first of its conditions that fails.</summary>
    public FailedCondition CheckConditions(in AuthorizationContext context) =>
        Conditions is null ? FailedCondition.None : Conditions.Check(context, Effect);

    private bool Covers(string pattern, SystemAction action) => action.System switch
    {
        Privileges.System => Privileges.Covers(pattern, action.Name),
        IgniteRights.System => IgniteRights.Covers(Effect, pattern, action.Name),
        _ => Matches(pattern, action.Name),
    };

    /// <summary>Matches a name against a pattern in which <c>*</c> is any run; linear but for the last run.</summary>
    internal static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int p = 0;
        int n = 0;
        int star = -1;
        int starAt = 0;
        while (n < name.Length)
        {
            // The star first: a name could hold the character itself.
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, starAt) = (p++, n);
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++starAt;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }
}

/// <summary>A grant of a role, parsed.</summary>
/// <param name="Index">Its place in the role.</param>
/// <param name="Document">As written.</param>
/// <param name="Shape">All but the resources.</param>
/// <param name="Patterns">Its resource patterns; at least one.</param>
internal sealed record CompiledGrant(int Index, Grant Document, GrantShape Shape, ResourcePattern[] Patterns);

/// <summary>A role, parsed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Source">The grants as written.</param>
/// <param name="Grants">The same, parsed.</param>
internal sealed record CompiledRole(string Name, ImmutableArray<Grant> Source, CompiledGrant[] Grants);
