using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>Finds programs: what runs first, then files that nothing running uses, then compose files.</summary>
internal static class Candidates
{
    /// <summary>Those of some kinds.</summary>
    public static IEnumerable<Candidate> Find(IHost host, ExaminationRequest request, ImmutableArray<ProgramKind> kinds)
    {
        foreach (ProgramKind kind in kinds)
        {
            Candidate[] running = [.. ProcessCandidates.Find(host, request, kind)];
            string[] used = [.. running.Select(static r => r.MainFile).OfType<string>()];
            foreach (Candidate candidate in (Candidate[])[.. running, .. FileCandidates.Find(host, request, kind, used), .. ComposeCandidates.Find(host, request, kind)])
            {
                yield return candidate;
            }
        }
    }
}
