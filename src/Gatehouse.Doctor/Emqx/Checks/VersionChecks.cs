using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>The version: known faults, profile, names that it does not heed.</summary>
internal static class VersionChecks
{
    private const int MostVariables = 20;

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("VER-001", KnownFaults),
        new("VER-002", LegacyProfile),
        new("VER-003", UnheededVariables),
        new("VER-004", OneNodeLicence),
    ];

    private static readonly ImmutableArray<KnownFault> Faults =
    [
        new("CVE-2025-52136: administrators of the dashboard install any plugin", static v => v.IsBefore(5, 8, 6)),
        new("CVE-2026-6564: sessions without authorization", static v => !v.IsBefore(5, 9) && v.IsBefore(6, 1, 1)) { IsEnterpriseBefore59 = true },
        new("rules that deny everything leave topics with `$` out (fixed in 5.10.1)", static v => v.IsBefore(5, 10, 1) && v is not { Major: 5, Minor: 8 }),
        new("path traversal in plugin files, API keys that change other users' passwords, lax reading of PROXY headers (fixed in 6.0.3, 6.1.2, 6.2.1)", static v => IsBeforeOfLine(v, 3, 2, 1)) { IsToldOf6Only = true },
        new("headers that leak through Prometheus and to plugins (fixed in 6.1.3, 6.2.2)", static v => IsBeforeOfLine(v, int.MaxValue, 3, 2)) { IsToldOf6Only = true },
        new("CVE-2026-8741: messages delivered twice by durable sessions", static v => v.IsBefore(6, 2, 1)) { Severity = Severity.Low, NeedsDurableBefore60 = true },
    ];

    private static IEnumerable<Observation> KnownFaults(EmqxSubject emqx)
    {
        Evidence[] place = emqx.Process is { } process ? [Shown.Of(process, $"version {emqx.Version}")] : [new Evidence(EvidenceKind.File, emqx.Name, $"version {emqx.Version}")];
        if (emqx.Release is not { } release)
        {
            yield return new Observation("the version cannot be told, so that known faults and defaults cannot be looked up", []) { IsUnknown = true };
            yield break;
        }

        if (release.Major < 5)
        {
            yield return Observation.Of($"{release} is no longer kept; settings of 4.x are not looked at", [.. place]);
            yield break;
        }

        foreach (KnownFault fault in Faults.Where(f => f.Covers(release) || (f.IsEnterpriseBefore59 && release.IsBefore(5, 9) && emqx.IsEnterprise == true))
            .Where(f => !f.NeedsDurableBefore60 || !release.IsBefore(6, 0) || emqx.Flag("durable_sessions.enable", usual: false) == true))
        {
            yield return fault.IsToldOf6Only && release.IsBefore(6, 0)
                ? new Observation($"whether {release} has a fault of 6.x is not told by its makers: {fault.Text}", [.. place]) { IsUnknown = true }
                : new Observation($"{release} has a known fault: {fault.Text}", [.. place]) { Severity = fault.Severity };
        }
    }

    private static IEnumerable<Observation> LegacyProfile(EmqxSubject emqx)
    {
        if (emqx.IsBefore(6, 2) != false || emqx.IsHardened == true)
        {
            yield break;
        }

        Evidence place = emqx.Process is null && emqx.Flags.Variable("EMQX_SECURITY_PROFILE") is { } flag ? flag.Evidence : emqx.Environment.Find("EMQX_SECURITY_PROFILE") is { } variable ? Shown.Of(variable) : emqx.Place(emqx["node.name"]) with { Shown = "EMQX_SECURITY_PROFILE (not set)" };
        yield return emqx.IsHardened is null
            ? new Observation("the security profile cannot be told: the environment of the process may not be seen", [place]) { IsUnknown = true }
            : Observation.Of("the security profile is legacy: what is open by default stays open", place);
    }

    private static IEnumerable<Observation> UnheededVariables(EmqxSubject emqx)
    {
        if (emqx.Release is { Major: < 5 })
        {
            yield break;
        }

        if (emqx.IsEnvironmentHidden)
        {
            yield return Observation.Unknown("the environment of the process may not be seen: variables in it may set anything anew");
        }

        foreach (Remark remark in emqx.Settings.Remarks.Where(static r => r.Kind == RemarkKind.UnknownVariable && !EmqxVariables.IsOfImage(r.Subject)).Take(MostVariables))
        {
            Origin origin = remark.Origin;
            yield return Observation.Of($"the variable `{remark.Subject}` sets nothing in EMQX 5 and later", new Evidence(EvidenceKind.Environment, origin.Source, remark.Subject, origin.Line, origin.Column));
        }

        foreach (Setting root in emqx.Settings.Root.Children.Where(static r => EmqxVariables.IsOf4(r.Name)))
        {
            yield return Observation.At($"`{root.Name}` is a name of 4.x, which EMQX 5 and later do not heed", root);
        }
    }

    private static IEnumerable<Observation> OneNodeLicence(EmqxSubject emqx)
    {
        if (emqx.IsBefore(5, 9) == false && emqx.Cluster.Seeds.Length > 1 && emqx["license.key"] is { IsUnknown: false, Text: null or "default" or "" })
        {
            yield return emqx.Fault("several nodes are named, and the community licence of 5.9 and later is for one", "license.key", "cluster.static.seeds");
        }
    }

    // Lines that got a fix; what is older than 6.0 got none.
    private static bool IsBeforeOfLine(EmqxRelease version, int patch60, int patch61, int patch62) => version switch
    {
        { Major: 6, Minor: 0 } => version.Patch < patch60,
        { Major: 6, Minor: 1 } => version.Patch < patch61,
        { Major: 6, Minor: 2 } => version.Patch < patch62,
        _ => version.IsBefore(6, 0),
    };

    private sealed record KnownFault(string Text, Func<EmqxRelease, bool> Covers)
    {
        public Severity? Severity { get; init; }

        public bool IsEnterpriseBefore59 { get; init; }

        public bool NeedsDurableBefore60 { get; init; }

        // Its makers name versions of 6.x that have it mended, and say nothing of 5.x.
        public bool IsToldOf6Only { get; init; }
    }
}
