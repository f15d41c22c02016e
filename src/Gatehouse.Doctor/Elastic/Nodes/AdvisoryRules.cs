using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>Versions whose faults are published: ES-062.</summary>
internal static class AdvisoryRules
{
    private static readonly ImmutableArray<Advisory> Elasticsearch =
    [
        new("CVE-2014-3120", Severity.Critical, "searches run any code", "0.0.0", "1.2.0"),
        new("CVE-2015-1427", Severity.Critical, "searches run any code", "0.0.0", "1.3.8", "1.4.3"),
        new("CVE-2015-5531", Severity.High, "any file of the host can be read", "0.0.0", "1.6.1"),
        new("CVE-2018-17244", Severity.Medium, "a request may run with another user's rights", "6.4.0", "6.4.3"),
        new("CVE-2019-7611", Severity.High, "aliases and resized indices get round index rights", "0.0.0", "5.6.15", "6.6.1"),
        new("CVE-2020-7009, CVE-2020-7014", Severity.High, "an API key makes one with more rights", "6.7.0", "6.8.8", "7.6.2"),
        new("CVE-2020-7019", Severity.Medium, "scrolling shows hidden fields", "0.0.0", "6.8.12", "7.9.0"),
        new("CVE-2020-7020", Severity.Medium, "complex queries show hidden documents", "0.0.0", "6.8.13", "7.9.2"),
        new("CVE-2021-22134", Severity.Medium, "getting a document at once shows hidden documents and fields", "0.0.0", "7.11.0"),
        new("CVE-2021-22135", Severity.Medium, "suggestions and profiles show hidden documents", "0.0.0", "6.8.15", "7.11.2"),
        new("CVE-2021-22137", Severity.Medium, "searches across clusters show hidden documents and fields", "0.0.0", "6.8.15", "7.11.2"),
        new("CVE-2021-37937", Severity.High, "the fleet server's account makes API keys with more rights", "7.13.0", "7.14.1"),
        new("CVE-2021-22147", Severity.Medium, "searchable snapshots show hidden documents and fields", "7.10.0", "7.14.0"),
        new("CVE-2023-31418", Severity.High, "requests without credentials bring the node down", "0.0.0", "7.17.13", "8.9.0"),
        new("the leak of hidden terms that 7.17.22 and 8.14 close", Severity.Low, "aggregations and validated queries show terms of hidden documents", "0.0.0", "7.17.22", "8.14.0"),
        new("CVE-2024-12539", Severity.Medium, "some queries show hidden documents", "8.16.0", "8.16.2", "8.17.0"),
        new("CVE-2025-37731", Severity.Medium, "a made-up client certificate stands for another user", "7.0.0", "8.19.8", "9.1.8", "9.2.2") { NeedsPki = true },
    ];

    private static readonly ImmutableArray<Advisory> OpenSearch =
    [
        new("CVE-2022-35980", Severity.High, "hidden documents and fields are seen through aliases", "2.0.0", "2.2.0"),
        new("CVE-2022-41917", Severity.Medium, "the settings of an analyser show files of the host", "0.0.0", "1.3.7", "2.4.0"),
        new("CVE-2022-41918", Severity.High, "hidden documents and fields are seen in data streams", "0.0.0", "1.3.7", "2.4.0"),
        new("CVE-2023-23612", Severity.Medium, "spaces in a token's roles give rights", "0.0.0", "1.3.8", "2.5.0"),
        new("CVE-2023-23613", Severity.Medium, "hidden fields are seen through their sub-fields", "0.0.0", "1.3.8", "2.5.0"),
        new("CVE-2023-25806", Severity.Low, "response times tell which users exist", "0.0.0", "1.3.9", "2.6.0"),
        new("CVE-2023-31141", Severity.Medium, "hidden documents and fields are seen in a race", "0.0.0", "1.3.10", "2.7.0"),
        new("GHSA-2rjv-cv85-xhgm", Severity.Medium, "members of hidden objects can be searched", "0.0.0", "2.19.3"),
        new("GHSA-8wx3-324g-w4qq", Severity.High, "requests without credentials bring the node down", "0.0.0", "1.3.14", "2.11.0"),
    ];

    private static readonly ImmutableArray<(string Plugin, Advisory Advisory)> Plugins =
    [
        ("readonlyrest", new("ReadonlyREST 1.24.0", Severity.Medium, "search templates and index templates get round rules", "0.0.0", "1.24.0")),
        ("readonlyrest", new("ReadonlyREST 1.47.0", Severity.Medium, "`/` and `/_cat` are open to everybody", "0.0.0", "1.47.0")),
        ("readonlyrest", new("ReadonlyREST 1.51.1", Severity.Medium, "answers with more than ten hits show hidden fields", "0.0.0", "1.51.1")),
        ("readonlyrest", new("ReadonlyREST 1.54.0", Severity.Medium, "later pages of a scroll show hidden fields", "0.0.0", "1.54.0")),
        ("readonlyrest", new("ReadonlyREST 1.61.1", Severity.High, "ES|QL shows indices that rules forbid", "0.0.0", "1.61.1")),
        ("readonlyrest", new("ReadonlyREST 1.66.0", Severity.Medium, "error answers show internals", "0.0.0", "1.66.0")),
        ("search-guard-flx", new("CVE-2025-12148", Severity.Medium, "masked fields can be searched, and hidden objects seen", "0.0.0", "3.1.2")),
    ];

    /// <summary>ES-062: a published fault of this version, or of a plugin's.</summary>
    public static IEnumerable<Observation> VersionIsFaulty(NodeSubject node)
    {
        if (node.Release is not { } release)
        {
            yield return Observation.Unknown("the version is not known, so published faults cannot be compared") with { Evidence = [node.Absent("version")], Severity = Severity.Medium };
        }
        else
        {
            foreach (Advisory advisory in (node.IsOpenSearch ? OpenSearch : Elasticsearch).Where(a => a.Holds(release) && (!a.NeedsPki || node.Settings.IsPartial || node.Realms.Any(static realm => realm.Type == "pki"))))
            {
                yield return Observation.Of(advisory.Severity, $"version {node.Version} has {advisory.Id}: {advisory.Text}; fixed in {string.Join(", ", advisory.Fixed)}", Where(node, $"version: {node.Version}"));
            }
        }

        foreach ((string plugin, Advisory advisory) in Plugins.Where(p => node.Home.Plugins?.Contains(p.Plugin) ?? false))
        {
            string? version = node.Home.VersionOf(node.Host, plugin)?.Split("_es", 2)[0];
            if (!Version.TryParse(version, out Version? parsed))
            {
                yield return Observation.Unknown($"the version of the plugin `{plugin}` is not known, so {advisory.Id} cannot be compared") with { Evidence = Where(node, $"plugin: {plugin}"), Severity = advisory.Severity };
            }
            else if (advisory.Holds(parsed))
            {
                yield return Observation.Of(advisory.Severity, $"the plugin `{plugin}` {version} has {advisory.Id}: {advisory.Text}", Where(node, $"plugin: {plugin} {version}"));
            }
        }
    }

    private static ImmutableArray<Evidence> Where(NodeSubject node, string shown) =>
        node.Home.Path is { } home ? [new Evidence(EvidenceKind.File, home, shown)] : node.Process is { } process ? [Shown.Of(process, shown)] : [new Evidence(EvidenceKind.File, node.Name, shown)];

    /// <summary>A published fault.</summary>
    /// <param name="Id">Its number.</param>
    /// <param name="Severity">How bad it is.</param>
    /// <param name="Text">What it does.</param>
    /// <param name="Since">First version that has it.</param>
    /// <param name="Fixed">First good version of each line that was mended, in rising order.</param>
    private sealed record Advisory(string Id, Severity Severity, string Text, string Since, params string[] Fixed)
    {
        /// <summary>Whether it needs a realm of certificates.</summary>
        public bool NeedsPki { get; init; }

        // A version is good from the mended one of its own line on; a line that was not mended has the fault below the last one.
        public bool Holds(Version version)
        {
            if (version < Version.Parse(Since))
            {
                return false;
            }

            Version[] mended = [.. Fixed.Select(Version.Parse)];
            Version? own = mended.LastOrDefault(m => m.Major == version.Major && m.Minor == version.Minor);
            if (own is not null)
            {
                return version < own;
            }

            // The last minor of a major is mended for the majors' sake: what is above it in the same major is good.
            Version? ofMajor = mended.LastOrDefault(m => m.Major == version.Major && m <= version);
            return ofMajor is null && version < mended[^1];
        }
    }
}
