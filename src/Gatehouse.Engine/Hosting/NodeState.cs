using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Hosting.Cluster;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>The cluster state that a start found or made.</summary>
/// <param name="Store">The store, or what stands in for it.</param>
/// <param name="Last">The kept generation.</param>
/// <param name="First">The snapshot to begin with.</param>
/// <param name="IsNew">Whether this start made generation 1.</param>
/// <param name="Problem">Why the store is not in use, or null.</param>
internal sealed record NodeState(IStateStore Store, LastGenerationCache Last, SecuritySnapshot First, bool IsNew, Problem? Problem)
{
    /// <summary>
    /// Opens the store; where that fails, goes on with the generation kept on disk. An empty store where there was a state is
    /// refused: a new administrator would hand the node to whoever can delete a file.
    /// </summary>
    public static async Task<NodeState> OpenAsync(
        NodeOptions options, NodeConfiguration configuration, NodeTrust trust, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var last = new LastGenerationCache(options.DataDirectory, trust.HighestSeenPath, trust.ClusterId, trust.Sealer, trust.NodeSealer);
        try
        {
            IStateStore store = await StoreOpening.OpenAsync(
                configuration, options.DataDirectory, trust.Sealer, trust.ClusterId, options.Time, loggers.CreateLogger<NodeState>(), cancellation);
            return await FromStoreAsync(options, store, trust, last, cancellation);
        }
        catch (ProblemException fault) when (fault.Problem.Definition != StartProblems.StateLost && last.Load() is { } kept)
        {
            var offline = new OfflineStateStore(kept, fault.Problem);
            return new NodeState(offline, last, Compile(kept), false, fault.Problem);
        }
    }

    private static async Task<NodeState> FromStoreAsync(
        NodeOptions options, IStateStore store, NodeTrust trust, LastGenerationCache last, CancellationToken cancellation)
    {
        try
        {
            (Generation? found, Problem? away) = await ReadAsync(store, trust, cancellation);
            if (away is not null)
            {
                // The store stays open: it is used as soon as it answers.
                return last.Load() is { } held ? new NodeState(store, last, Compile(held), false, away) : throw new ProblemException(away);
            }

            if (found is null && last.Load() is { } kept)
            {
                throw StartProblems.StateLost.Exception(
                    $"{StoreOpening.NameOf(store, options.DataDirectory)} holds no state, but this node has seen generation {kept.Number}",
                    "put the store back from a backup");
            }

            if (found is null)
            {
                // Refuses an empty store where a higher generation was seen, whatever else was deleted with it.
                last.Accept(null);
            }

            Generation current = found
                ?? await FirstStart.EnsureAdministratorAsync(store, options.DataDirectory, trust, options.Time, cancellation);
            last.Accept(current);
            current = await WithMembershipAsync(store, trust, last, current, options.Time.GetUtcNow(), cancellation);
            trust.Adopt(current.Document.Membership);
            return new NodeState(store, last, Compile(current), found is null, null);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>A state that is older than membership gets this node as its only one.</summary>
    private static async Task<Generation> WithMembershipAsync(
        IStateStore store, NodeTrust trust, LastGenerationCache last, Generation current, DateTimeOffset now, CancellationToken cancellation)
    {
        if (current.Document.Membership.ActiveAuthority is not null)
        {
            return current;
        }

        const string Actor = "gatehouse/start";
        ClusterDocument next = current.Document with { Membership = trust.DescribeAlone(now, Actor) };
        await store.TryCommitAsync(current.Number, next, new ChangeNote(Actor, "this node and its authority put into the cluster state", now), cancellation);
        Generation written = await store.ReadCurrentAsync(cancellation) ?? current;
        last.Accept(written);
        return written;
    }

    /// <summary>What is in force; a problem where a store that lies elsewhere does not answer.</summary>
    private static async Task<(Generation? Found, Problem? Away)> ReadAsync(IStateStore store, NodeTrust trust, CancellationToken cancellation)
    {
        try
        {
            await StoredKeys.LearnAsync(store, trust, cancellation);
            return (await store.ReadCurrentAsync(cancellation), null);
        }
        catch (ProblemException fault) when (!store.Health.IsUp)
        {
            return (null, fault.Problem);
        }
    }

    private static SecuritySnapshot Compile(Generation generation)
    {
        var problems = new List<Problem>();
        return SnapshotCompiler.Compile(1, generation.Number, generation.Document, problems)
            ?? throw new ProblemException(problems[0]);
    }

    /// <summary>
    /// The documents of a kept generation, for explanations of what was decided at <paramref name="at"/>; null where a generation
    /// of that number was made later only, as after an accepted rollback.
    /// </summary>
    public async ValueTask<ClusterDocument?> DocumentAsync(long generation, DateTimeOffset at, CancellationToken cancellation) =>
        await Store.ReadAsync(generation, cancellation) is { } found && found.Note.Time <= at ? found.Document : null;

    /// <summary>The generations that the store keeps, newest first.</summary>
    public async ValueTask<ImmutableArray<PolicyHistoryEntry>> HistoryAsync(int limit, CancellationToken cancellation) =>
        [.. (await Store.ListGenerationsAsync(limit, cancellation)).Select(static found => new PolicyHistoryEntry(found.Number, found.Note.Time, found.Note.Actor, found.Note.Summary))];
}
