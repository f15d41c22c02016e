using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ports;

/// <summary>Joins what files and processes showed with what ports said.</summary>
public static class PortFindings
{
    private const string Unasked = "not all of its ports could be asked: time, or the number of questions, did not suffice";

    // Of one id, different facts: what the port said stands beside what the files showed.
    private static readonly ImmutableHashSet<string> Apart = ["ES-072", "IGN-RUN-003"];

    /// <summary>
    /// What a port confirms is told once: the finding that is there gets the port as further evidence, and is as bad as the worse of both. What could
    /// not be decided without the port gives way to it.
    /// </summary>
    /// <param name="examined">What files and processes showed.</param>
    /// <param name="probed">What ports said.</param>
    /// <param name="isIncomplete">Whether not all could be asked: a check that found nothing is then not known to have nothing to find.</param>
    public static ExaminedSubject Join(ExaminedSubject examined, ProbedSubject probed, bool isIncomplete = false)
    {
        List<Finding> findings = [.. examined.Findings];
        var more = new List<Finding>();
        IEnumerable<Finding> unasked = isIncomplete
            ? probed.Checks.Where(check => probed.Findings.All(f => f.Check != check) && examined.Findings.All(f => f.Check != check)).Select(check => Finding.Unknown(examined.System.System, examined.System.Subject, check, Unasked))
            : [];
        foreach (Finding finding in probed.Findings.Concat(unasked))
        {
            int at = Apart.Contains(finding.Check) ? -1 : findings.FindIndex(f => f.Check == finding.Check && !f.IsUnknown && !finding.IsUnknown);
            if (at >= 0)
            {
                // Its fingerprint stays: it is the same fault, with and without a look at ports.
                Finding known = findings[at];
                findings[at] = known with
                {
                    Severity = known.Severity > finding.Severity ? known.Severity : finding.Severity,
                    Evidence = [.. known.Evidence, .. finding.Evidence.Where(evidence => !known.Evidence.Contains(evidence))],
                };
                continue;
            }

            if (finding.IsUnknown && findings.Concat(more).Any(f => f.Check == finding.Check))
            {
                continue;
            }

            if (!finding.IsUnknown)
            {
                findings.RemoveAll(f => f.Check == finding.Check && f.IsUnknown);
            }

            more.Add(finding);
        }

        return examined with
        {
            System = examined.System with
            {
                Layers = examined.System.Layers.Contains("port") ? examined.System.Layers : examined.System.Layers.Add("port"),
                Checks = [.. examined.System.Checks.Union(probed.Checks, StringComparer.Ordinal)],
            },
            Findings = Examination.Sort(findings.Concat(more)),
        };
    }
}
