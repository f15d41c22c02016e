using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>The audit trail: ES-040 and ES-041.</summary>
internal static class AuditRules
{
    private static readonly string[] Elasticsearch = ["authentication_failed", "access_denied"];
    private static readonly string[] OpenSearch = ["FAILED_LOGIN", "MISSING_PRIVILEGES"];

    /// <summary>ES-040: nobody writes down what happens, or not the refusals.</summary>
    public static IEnumerable<Observation> NothingIsAudited(NodeSubject node) =>
        node.Security.Value == false ? [] : node.IsOpenSearch ? OpenSearchAudit(node) : ElasticsearchAudit(node);

    /// <summary>ES-041: bodies of requests, passwords in them, are written down.</summary>
    public static IEnumerable<Observation> BodiesAreWritten(NodeSubject node)
    {
        if (node.Security.Value == false)
        {
            yield break;
        }

        if (!node.IsOpenSearch)
        {
            Setting body = node.Settings["xpack.security.audit.logfile.events.emit_request_body"];
            if (body.IsUnknown)
            {
                yield return body.Doubt();
            }
            else if (body.Flag(false) == true)
            {
                yield return Observation.At("bodies of requests are written as they come, with passwords and documents in them", body);
            }

            yield break;
        }

        SecurityFile file = SecurityFolder.Read(node, "audit.yml");
        Setting kept = file.Tree["config.audit.log_request_body"] is { IsSet: true } set ? set : node.Secured("audit.log_request_body");
        if (node.Secured("audit.type").HasValue() && kept.IsUnknown)
        {
            yield return kept.Doubt();
        }
        else if (node.Secured("audit.type").HasValue() && kept.Flag(true) == true)
        {
            yield return Observation.Of("bodies of requests are written as they come, with documents in them", kept.IsSet ? Shown.All(kept) : [.. Shown.All(node.Secured("audit.type")), node.Absent("log_request_body")]);
        }
    }

    private static IEnumerable<Observation> ElasticsearchAudit(NodeSubject node)
    {
        Setting enabled = node.Settings["xpack.security.audit.enabled"];
        if (enabled.Flag(false) is not { } isOn)
        {
            yield return enabled.Doubt();
            yield break;
        }

        if (!isOn)
        {
            yield return Observation.Of("logins, refusals and changes of users are written nowhere", node.Stands(enabled));
            yield break;
        }

        Setting include = node.Settings["xpack.security.audit.logfile.events.include"], exclude = node.Settings["xpack.security.audit.logfile.events.exclude"];
        if (include.IsDoubtful() || exclude.IsDoubtful())
        {
            yield return (include.IsDoubtful() ? include : exclude).Doubt();
            yield break;
        }

        ImmutableArray<string> left = exclude.Words(), kept = include.Words();
        string[] lost = [.. Elasticsearch.Where(name => left.Contains(name) || left.Contains("_all") || (include.IsSet && !kept.Contains(name) && !kept.Contains("_all")))];
        if (lost.Length > 0)
        {
            yield return Observation.At($"the audit trail leaves out {string.Join(" and ", lost.Select(static name => $"`{name}`"))}", left.IsEmpty ? include : exclude);
        }
    }

    private static IEnumerable<Observation> OpenSearchAudit(NodeSubject node)
    {
        Setting type = node.Secured("audit.type");
        SecurityFile file = SecurityFolder.Read(node, "audit.yml");
        Setting enabled = file.Tree["config.enabled"];
        if (type.IsUnknown || enabled.IsUnknown)
        {
            yield return (type.IsUnknown ? type : enabled).Doubt();
        }
        else if (file.Why is { } why)
        {
            yield return Observation.Unknown($"`audit.yml` cannot be read: {why}") with { Evidence = [new Evidence(EvidenceKind.File, file.Path, "audit.yml")] };
        }
        else if (!type.HasValue() || type.Text is "noop" || enabled.Flag(true) == false)
        {
            yield return Observation.Of("logins, refusals and changes of users are written nowhere", enabled.Flag(true) == false ? Shown.All(enabled) : node.Stands(type));
        }
        else
        {
            foreach (string list in new[] { "disabled_categories", "disabled_rest_categories", "disabled_transport_categories" })
            {
                Setting categories = file.Tree[$"config.audit.{list}"] is { IsSet: true } set ? set : node.Secured($"audit.config.{list}");
                string[] lost = [.. OpenSearch.Where(name => categories.Words().Contains(name, StringComparer.OrdinalIgnoreCase))];
                if (lost.Length > 0)
                {
                    yield return Observation.At($"the audit trail leaves out {string.Join(" and ", lost.Select(static name => $"`{name}`"))}", categories);
                }
            }
        }
    }
}
