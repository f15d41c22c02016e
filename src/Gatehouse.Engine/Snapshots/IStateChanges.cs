using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Snapshots;

/// <summary>The only way to change the cluster state: one compare-and-swap loop over whole documents.</summary>
internal interface IStateChanges
{
    /// <summary>The generation in force.</summary>
    long Generation { get; }

    /// <summary>The documents in force.</summary>
    ClusterDocument Current { get; }

    /// <summary>
    /// Calls <paramref name="change"/> on the newest document (again when another writer was faster), compiles the result,
    /// commits it, puts it in force and records <c>security_config_change</c>. Nothing is changed when problems come back.
    /// </summary>
    /// <param name="actor">Who: <c>realm/name</c>.</param>
    /// <param name="summary">What, in one line for the record; never a secret.</param>
    /// <param name="change">Pure; may run more than once.</param>
    /// <param name="cancellation">Ends waiting, never a commit under way.</param>
    ValueTask<ChangeOutcome> ChangeAsync(
        string actor, string summary, Func<ClusterDocument, ChangeDecision> change, CancellationToken cancellation);
}

/// <summary>What a change made of a document: the next one, or why not. Neither means: nothing to do.</summary>
internal readonly record struct ChangeDecision(ClusterDocument? Next, Problem? Refusal)
{
    /// <summary>Records of the data key ring that are written with it; mostly none.</summary>
    public ImmutableArray<KeyringEntry> Keyring { get; init; } = [];

    /// <summary>Commits <paramref name="document"/>.</summary>
    public static ChangeDecision To(ClusterDocument document) => new(document, null);

    /// <summary>Leaves everything as it is and says why.</summary>
    public static ChangeDecision Refuse(Problem problem) => new(null, problem);
}

/// <summary>How a change ended.</summary>
/// <param name="Generation">The generation in force afterwards.</param>
/// <param name="Problems">Why nothing was changed; empty when it succeeded.</param>
internal readonly record struct ChangeOutcome(long Generation, ImmutableArray<Problem> Problems)
{
    /// <summary>Whether the wanted state is in force.</summary>
    public bool Succeeded => Problems.IsDefaultOrEmpty;
}
