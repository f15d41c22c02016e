using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>Whether security is on at all, and what sets it up: ES-001 to ES-004.</summary>
internal static class SwitchRules
{
    /// <summary>ES-001: security of Elasticsearch is off.</summary>
    public static IEnumerable<Observation> SecurityIsOff(NodeSubject node)
    {
        if (node.IsOpenSearch)
        {
            yield break;
        }

        Known security = node.Security;
        if (security.Value == false && node.Home.OtherGuard is { } guard)
        {
            yield return Observation.Unknown($"Elastic's security is off and the plugin `{guard}` may stand in for it; its configuration is not read") with { Evidence = security.Evidence };
        }
        else if (security.Value == false)
        {
            yield return Observation.Of($"everybody who reaches the node may do everything: {security.Text}", security.Evidence);
        }
        else if (security.Value is null)
        {
            yield return Observation.Unknown(security.Text) with { Evidence = security.Evidence };
        }
    }

    /// <summary>ES-002: the security plugin of OpenSearch is off, or not there.</summary>
    public static IEnumerable<Observation> PluginIsOff(NodeSubject node)
    {
        Known security = node.Security;
        if (node.IsOpenSearch && security.Value == false)
        {
            yield return Observation.Of($"everybody who reaches the node may do everything: {security.Text}", security.Evidence);
        }
        else if (node.IsOpenSearch && security.Value is null)
        {
            yield return Observation.Unknown(security.Text) with { Evidence = security.Evidence };
        }
        else if (node.IsTlsAlone)
        {
            yield return Observation.At("everybody who reaches the node may do everything: the security plugin does TLS alone and asks nobody to log in", node.Secured("ssl_only"));
        }
        else if (node.IsOpenSearch && node.Secured("ssl_only").IsUnknown)
        {
            yield return node.Secured("ssl_only").Doubt();
        }
    }

    /// <summary>ES-003: nothing sets TLS up, neither the first start nor a person.</summary>
    public static IEnumerable<Observation> NothingSetsUpTls(NodeSubject node)
    {
        Setting automatic = node.Settings["xpack.security.autoconfiguration.enabled"];
        if (node.IsOpenSearch || node.Security.Value == false)
        {
            yield break;
        }

        if (automatic.Flag(true) is not { } isOn)
        {
            yield return automatic.Doubt();
        }
        else if (!isOn)
        {
            TlsEnd[] plain = [.. new[] { node.Http, node.Transport }.Where(end => node.SpeaksTls(end).Value == false)];
            if (plain.Length > 0)
            {
                yield return Observation.Of(
                    $"the first start sets nothing up, and TLS is not configured by hand for {string.Join(" and ", plain.Select(static end => end.What))}",
                    [.. Shown.All(automatic), .. plain.SelectMany(end => node.Stands(end.Enabled))]);
            }
        }
    }

    /// <summary>ES-004: new nodes may still enrol.</summary>
    public static IEnumerable<Observation> EnrolmentStaysOn(NodeSubject node)
    {
        Setting enrolment = node.Settings["xpack.security.enrollment.enabled"];
        if (!node.IsOpenSearch && enrolment.IsUnknown)
        {
            yield return enrolment.Doubt();
        }
        else if (!node.IsOpenSearch && enrolment.Flag(false) == true)
        {
            yield return Observation.At("enrolment tokens, which hand out the HTTP authority's private key, can still be made", enrolment);
        }
    }
}
