using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>What a policy file would make of the cluster state: document and compiled snapshot, or what is wrong. Nothing is changed.</summary>
internal sealed record PolicyCandidate
{
    private PolicyCandidate()
    {
    }

    /// <summary>The document; the very same object as the current one where the file changes nothing. Null with a problem.</summary>
    public ClusterDocument? Document { get; private init; }

    /// <summary>The same, compiled as the generation after the current one. Null with a problem.</summary>
    public SecuritySnapshot? Snapshot { get; private init; }

    /// <summary>What is wrong; a problem's location names the part of the file (<c>roles/reader</c>), see <see cref="PolicyFileResult.Placed"/>.</summary>
    public ImmutableArray<Problem> Problems { get; private init; } = [];

    /// <summary>
    /// Puts a file on top of the current state, holds it to every rule that a change through the API is held to, and compiles it.
    /// </summary>
    /// <param name="current">The document in force.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="file">The file.</param>
    /// <param name="merge">What becomes of what the file does not name.</param>
    /// <param name="now">The moment of the change.</param>
    public static PolicyCandidate Make(ClusterDocument current, long generation, PolicyView file, PolicyMerge merge, DateTimeOffset now)
    {
        var problems = new List<Problem>();
        PolicyForm.Check(file, problems);
        ClusterDocument? next = problems.Count == 0 ? new PolicyMerger(current, generation, file, merge, now, problems).Merge() : null;
        if (next is not null)
        {
            PolicyReferences.Check(current, next, file, merge, problems);
        }

        return next is null || problems.Count > 0 ? new PolicyCandidate { Problems = [.. problems] } : Compile(next, generation, problems);
    }

    /// <summary>A document that is there already, such as one of an earlier generation.</summary>
    public static PolicyCandidate Of(ClusterDocument document, long generation) => Compile(document, generation, []);

    private static PolicyCandidate Compile(ClusterDocument document, long generation, List<Problem> problems)
    {
        SecuritySnapshot? snapshot = SnapshotCompiler.Compile(0, generation + 1, document, problems);
        return snapshot is null
            ? new PolicyCandidate { Problems = [.. PolicyFaults.Placed(document, problems)] }
            : new PolicyCandidate { Document = document, Snapshot = snapshot };
    }
}

/// <summary>What becomes of what a policy file does not name.</summary>
internal enum PolicyMerge
{
    /// <summary>What a section of the file does not name is removed; a section that is not there stays as it is.</summary>
    Replace,

    /// <summary>Nothing is removed.</summary>
    Add,

    /// <summary>As <see cref="Replace"/>, without a cluster: what a section that is not there could hold is taken as given.</summary>
    Alone,
}
