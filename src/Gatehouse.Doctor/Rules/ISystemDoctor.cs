using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Probes;

namespace Gatehouse.Doctor.Rules;

/// <summary>Who knows one kind of guarded system: where its files are, what its process looks like, and what may be wrong with it.</summary>
public interface ISystemDoctor
{
    /// <summary>The system's word: <c>emqx</c>, <c>ignite</c>, <c>ipfs-cluster</c>, <c>kubo</c>, <c>elasticsearch</c>, <c>opensearch</c>, <c>kibana</c>.</summary>
    string System { get; }

    /// <summary>Ids of the checks it makes without asking a port.</summary>
    ImmutableArray<string> Checks { get; }

    /// <summary>Looks at every installation on a host, or at the files that were named.</summary>
    /// <param name="host">What can be seen.</param>
    /// <param name="request">What to look at.</param>
    IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request);
}

/// <summary>What to look at.</summary>
/// <param name="Files">
/// Configuration files or folders that were named: only they are looked at, with processes that really use them. Empty: what runs, and the usual places.
/// </param>
public sealed record ExaminationRequest(ImmutableArray<string> Files)
{
    /// <summary>The whole host.</summary>
    public static ExaminationRequest WholeHost { get; } = new([]);

    /// <summary>Whether a path was named, or all are looked for.</summary>
    public bool Wants(string path) => Files.IsEmpty || Files.Any(file => path == file || path.StartsWith(file.TrimEnd('/') + "/", StringComparison.Ordinal));
}

/// <summary>One installation after the look.</summary>
/// <param name="System">What it is, and which checks were made.</param>
/// <param name="Findings">What was found.</param>
public sealed record ExaminedSubject(ExaminedSystem System, ImmutableArray<Finding> Findings)
{
    /// <summary>Asks the installation's ports, where they may be asked; null where nothing is to be asked.</summary>
    public Func<Prober, CancellationToken, Task<ProbedSubject>>? Probe { get; init; }

    /// <summary>Lets rules look at a subject.</summary>
    public static ExaminedSubject Of<T>(T subject, IReadOnlyCollection<Rule<T>> rules)
        where T : Subject =>
        new(
            new ExaminedSystem(subject.System, subject.Name, subject.Version, subject.Layers, [.. rules.Select(static rule => rule.Id), Speaker.Id])
            {
                Blind = [.. subject.Blind],
                Files = [.. subject.Used.Distinct(StringComparer.Ordinal)],
            },
            Examination.Sort([.. RuleRun.Findings(subject, rules), .. Speaker.Look(subject)]));
}

/// <summary>What an installation's ports said.</summary>
/// <param name="Findings">What was found.</param>
/// <param name="Checks">Ids of the checks that were made.</param>
public sealed record ProbedSubject(ImmutableArray<Finding> Findings, ImmutableArray<string> Checks);
