using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>What clients may do: sources, their order's end, and the cache.</summary>
internal static class AuthorizationChecks
{
    private static readonly TimeSpan LongestCache = TimeSpan.FromMinutes(1);
    private static readonly string[] Templates = ["plus", "hash", "slash"];

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("AUZ-001", OpenByDefault),
        new("AUZ-007", NoSource),
        new("AUZ-008", LongCache),
        .. AclChecks.All,
    ];

    /// <summary>Whether what no rule matches is allowed; null where that cannot be told. From 6.0 on it is denied by default.</summary>
    public static bool? AllowsUnmatched(EmqxSubject emqx) =>
        emqx.Word("authorization.no_match", emqx.IsBefore(6, 0) switch { true => "allow", false => "deny", null => null }) switch
        {
            "allow" => true,
            "deny" => false,
            _ => null,
        };

    /// <summary>Whether values of clients in topics may hold wildcards and slashes; null where that cannot be told. From 6.3 on they may not.</summary>
    public static bool? TrustsValues(EmqxSubject emqx)
    {
        if (emqx.IsBefore(6, 3) is not false)
        {
            return emqx.IsBefore(6, 3);
        }

        bool?[] allowed = [.. Templates.Select(name => emqx.Flag($"authorization.topic_template_allow.{name}", usual: false))];
        return allowed.Contains(true) ? true : allowed.Contains(null) ? null : false;
    }

    private static IEnumerable<Observation> OpenByDefault(EmqxSubject emqx)
    {
        bool? allows = AllowsUnmatched(emqx);
        if (allows is null)
        {
            yield return emqx.Undecided("authorization.no_match", "what becomes of what no rule speaks of");
        }
        else if (allows == true)
        {
            // A last rule that denies everything comes first; before 5.10.1 it did not speak of topics with `$`.
            AclRule? last = emqx.Acl is { } acl ? AclChecks.LastForAll(emqx, acl, static _ => true) : null;
            bool isReached = last is not { IsAllow: false } || emqx.IsBefore(5, 10, 1) != false;
            yield return last is { IsAllow: false }
                ? emqx.Fault(isReached ? Severity.Medium : Severity.Low, $"what no rule speaks of is allowed; only the file's last rule stands before it{(isReached ? ", and it leaves topics with `$` out before 5.10.1" : "")}", "authorization.no_match")
                : emqx.Fault("what no rule speaks of is allowed", "authorization.no_match");
        }
    }

    private static IEnumerable<Observation> NoSource(EmqxSubject emqx)
    {
        Setting sources = emqx["authorization.sources"];
        if (sources.IsUnknown || sources.IsPartial)
        {
            yield return emqx.Undecided("authorization.sources", "whether there are rules of authorization");
        }
        else if (sources.IsSet && !sources.Children.Any(static s => s.Child("enable")?.AsBoolean() != false))
        {
            bool isOpen = AllowsUnmatched(emqx) != false;
            yield return emqx.Fault(isOpen ? Severity.High : Severity.Low, $"no source of authorization is on: {(isOpen ? "everybody may do everything" : "nobody may do anything but by claims of a token")}", "authorization.sources");
        }
        else if (sources.Children.FirstOrDefault(static s => s.Child("type")?.Text == "file" && s.Child("enable")?.AsBoolean() == false) is { } off
            && !sources.Children.Any(static s => s.Child("type")?.Text == "file" && s.Child("enable")?.AsBoolean() != false))
        {
            bool isOpen = AllowsUnmatched(emqx) != false;
            yield return Observation.At(isOpen ? Severity.High : Severity.Low, $"the rules of the file are off: {(isOpen ? "what the other sources do not answer is allowed to everybody" : "the other sources alone decide")}", off.Child("enable") ?? off);
        }
        else if (emqx.Acl is { Problem: { } problem } acl)
        {
            // EMQX does not start with a file that it cannot read, or refuses everything of it.
            yield return new Observation($"the rules of authorization cannot be looked at: {problem}", [new Evidence(EvidenceKind.File, acl.Path, "rules of authorization")]) { IsUnknown = true };
        }
    }

    private static IEnumerable<Observation> LongCache(EmqxSubject emqx)
    {
        if (emqx.Flag("authorization.cache.enable", usual: true) == false)
        {
            yield break;
        }

        Setting ttl = emqx["authorization.cache.ttl"];
        if (ttl.IsSet && ttl.AsDuration(TimeSpan.FromMilliseconds(1)) is null)
        {
            yield return emqx.Undecided("authorization.cache.ttl", "how long a right that was taken away stays in force");
        }
        else if (ttl.IsSet && ttl.AsDuration(TimeSpan.FromMilliseconds(1)) > LongestCache)
        {
            yield return emqx.Fault("a right that was taken away stays in force for more than a minute", "authorization.cache.ttl");
        }
    }
}
