using System.Collections.Frozen;
using System.Collections.Immutable;
using Gatehouse.Audit.Patterns;
using Gatehouse.Problems;

namespace Gatehouse.Audit;

/// <summary>Checks an audit policy and compiles it. Finds all problems, not only the first.</summary>
internal sealed class AuditPolicyCompiler(ICollection<Problem> problems)
{
    private const int MaxGates = 256;
    private const int MaxPatterns = 1000;
    private const int MaxName = 64;

    private readonly PatternBudget _budget = new();
    private int _found;

    public AuditPolicy? Compile(AuditPolicyDocument document)
    {
        if (HasNull(document.Rules) || document.Gates.Any(static gate => HasNull(gate.Rules)))
        {
            // JSON can say null where no type here can: it is neither a pattern nor a missing value.
            Invalid("a list holds `null`", "an event without the value is matched by the empty text \"\"");
            return null;
        }

        uint events = EventsOf(document.Rules, AuditLevels.FullMask, "every gate");
        IgnoreSet? ignore = IgnoreOf(document.Rules, "every gate");
        Dictionary<string, AuditPolicy.Place> gates = new(StringComparer.Ordinal);
        if (document.Gates.Length > MaxGates)
        {
            Invalid($"it has rules for {document.Gates.Length} gates, {MaxGates} are the most");
            return null;
        }

        foreach (GateAuditRules gate in document.Gates)
        {
            string place = $"gate `{Shown(gate.Gate)}`";
            if (!IsName(gate.Gate))
            {
                Invalid($"{place}: that is no name of a gate");
            }

            foreach (IgnorePolicy twice in gate.Rules.Ignore.Where(own => document.Rules.Ignore.Any(policy => policy.Name == own.Name)))
            {
                Invalid($"{place}: ignore policy `{Shown(twice.Name)}` has the name of one of every gate, which holds there too");
            }

            AuditRules rules = gate.Rules;
            bool hasOwnEvents = rules.Level is not null || rules.Include is not null || rules.Exclude is not null;
            uint own = hasOwnEvents ? EventsOf(rules, events, place) : events;
            if (!gates.TryAdd(gate.Gate, new AuditPolicy.Place(gate.Gate, own, hasOwnEvents, ignore, IgnoreOf(rules, place))))
            {
                Invalid($"{place} is there twice");
            }
        }

        return _found > 0
            ? null
            : new AuditPolicy(new AuditPolicy.Place(null, events, hasOwnEvents: false, ignore, null), gates.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private static bool HasNull(AuditRules rules) =>
        new[] { rules.Include, rules.Exclude }.Concat(rules.Ignore.SelectMany(static policy => IgnoreSet.Fields.Select(field => field.Of(policy))))
            .Any(static list => list?.Any(static text => text is null) == true);

    /// <summary>The level's events, or none where only a list is given, or what is inherited; with what is included, without what is excluded.</summary>
    private uint EventsOf(AuditRules rules, uint inherited, string place)
    {
        uint events = inherited;
        if (rules.Level is { } level)
        {
            if (!AuditLevels.Words.Contains(level))
            {
                Invalid($"{place}: `{Shown(level)}` is no level", $"it is {string.Join(", ", AuditLevels.Words)}");
            }

            events = AuditLevels.MaskOf(AuditLevels.EventsOf(level));
        }
        else if (rules.Include is not null)
        {
            events = 0;
        }

        foreach (string word in rules.Include ?? [])
        {
            events |= EventOf(word, place, isExclude: false);
        }

        foreach (string word in rules.Exclude ?? [])
        {
            events &= ~EventOf(word, place, isExclude: true);
        }

        return events;
    }

    private uint EventOf(string word, string place, bool isExclude)
    {
        if (word == AuditLevels.AllEvents)
        {
            return AuditLevels.FullMask;
        }

        if (!AuditWords.TryParse(word, out AuditAction action))
        {
            Invalid($"{place}: `{Shown(word)}` is no event", $"events are {string.Join(", ", AuditLevels.Nameable.Select(AuditWords.Of))}");
        }
        else if (action == AuditAction.AccessDecided)
        {
            Invalid($"{place}: `{word}` goes with `{AuditWords.Of(AuditAction.AccessGranted)}` and cannot be named by itself");
        }
        else if (!AuditLevels.Nameable.Contains(action))
        {
            // To include what is always there changes nothing, and Elasticsearch's own list has security_config_change in it.
            if (isExclude)
            {
                Invalid($"{place}: `{word}` is always recorded; no policy can keep it out of the trail");
            }
        }
        else
        {
            return AuditLevels.BitOf(action);
        }

        return 0;
    }

    private IgnoreSet? IgnoreOf(AuditRules rules, string place)
    {
        ImmutableArray<IgnorePolicy> policies = rules.Ignore;
        if (policies.IsEmpty)
        {
            return null;
        }

        int before = _found;
        if (policies.Length > IgnoreSet.MaxPolicies)
        {
            Invalid($"{place}: {policies.Length} ignore policies, {IgnoreSet.MaxPolicies} are the most");
            return null;
        }

        foreach (IgnorePolicy policy in policies)
        {
            Check(policy, policies, place);
        }

        return _found > before ? null : IgnoreSet.Compile(policies, _budget, (policy, field, text, reason) => Wrong(place, policy, field, text, reason));
    }

    private void Check(IgnorePolicy policy, ImmutableArray<IgnorePolicy> all, string place)
    {
        string name = $"{place}: ignore policy `{Shown(policy.Name)}`";
        if (!IsName(policy.Name))
        {
            Invalid($"{name}: a name is 1 to {MaxName} letters, digits, `-`, `_` and `.`");
        }

        if (all.Count(other => other.Name == policy.Name) > 1)
        {
            Invalid($"{name} is there twice");
        }

        ImmutableArray<string>?[] lists = [.. IgnoreSet.Fields.Select(field => field.Of(policy))];
        if (lists.All(static list => list is null))
        {
            Invalid($"{name} has no field and would match every event", "exclude events, or name users, realms, roles, actions or resources");
        }

        foreach (ImmutableArray<string>? list in lists)
        {
            if (list?.Length > MaxPatterns)
            {
                Invalid($"{name}: {list.Value.Length} patterns in one list, {MaxPatterns} are the most");
            }
        }
    }

    private void Wrong(string place, IgnorePolicy policy, string field, string text, string? reason)
    {
        string where = $"{place}: ignore policy `{policy.Name}`, `{field}`";
        if (reason is not null)
        {
            Invalid($"{where}: `{Shown(text)}` is no pattern: {reason}");
            return;
        }

        _found++;
        problems.Add(AuditProblems.PolicyTooComplex.Because(
            $"{where}: `{Shown(text)}` and the patterns beside it need too large an automaton", hint: "fewer `*` within a pattern and smaller counts help"));
    }

    private void Invalid(string text, string? hint = null)
    {
        _found++;
        problems.Add(AuditProblems.PolicyInvalid.Because(text, hint: hint));
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= MaxName && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static string Shown(string text) =>
        string.Concat((text.Length > 80 ? text[..80] + "..." : text).Select(static c => c is >= ' ' and <= '~' ? c : '?'));
}
