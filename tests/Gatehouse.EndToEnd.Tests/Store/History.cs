using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>
/// What writers were told, to be held against what the store has in the end. Each commit adds one user of its own, so that a commit that
/// was lost, or applied twice, shows in the generations; each runtime key is written by one writer with rising numbers, so that
/// a late write that undid a newer one shows in its value.
/// </summary>
internal sealed class History
{
    private readonly ConcurrentDictionary<long, string> _acknowledged = new();
    private readonly ConcurrentDictionary<string, (long Acknowledged, long Tried)> _runtime = new(StringComparer.Ordinal);

    /// <summary>Commits that were acknowledged.</summary>
    public int Commits => _acknowledged.Count;

    /// <summary>Calls that failed with nothing written.</summary>
    public int Failed;

    /// <summary>Calls of which nobody knows.</summary>
    public int Unknown;

    /// <summary>Runtime writes that were acknowledged.</summary>
    public long RuntimeWrites => _runtime.Values.Sum(static one => one.Acknowledged);

    /// <summary>Adds a user in every generation until told to stop.</summary>
    public async Task CommitAsync(IStateStore store, StoreFixture fixture, string writer, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested;)
        {
            string name = $"{writer}-{i}";
            try
            {
                Generation? current = await store.ReadCurrentAsync(default);
                ClusterDocument document = current?.Document ?? new ClusterDocument();
                document.Users.ShouldNotContainKey(name, "a commit that was not acknowledged, and tried again under another name");
                CommitResult result = await store.TryCommitAsync(
                    current?.Number ?? 0, document with { Users = document.Users.Add(name, StoreFixture.User(name)) }, fixture.Note(name), default);
                if (result.IsCommitted)
                {
                    _acknowledged.TryAdd(result.Generation, name).ShouldBeTrue($"generation {result.Generation} was acknowledged twice");
                    i++;
                }
            }
            catch (ProblemException fault)
            {
                // Not known: this name may be there or not, and is not used again.
                bool unknown = fault.Problem.Definition == EtcdProblems.OutcomeUnknown;
                Interlocked.Increment(ref unknown ? ref Unknown : ref Failed);
                i++;
            }
        }
    }

    /// <summary>Counts one key up until told to stop.</summary>
    public async Task CountAsync(IStateStore store, string key, CancellationToken stop)
    {
        for (long i = 1; !stop.IsCancellationRequested; i++)
        {
            long acknowledged = _runtime.GetOrAdd(key, (0, 0)).Acknowledged;
            try
            {
                await store.PutRuntimeAsync(key, BitConverter.GetBytes(i), null, default);
                _runtime[key] = (i, i);
            }
            catch (ProblemException fault)
            {
                _runtime[key] = fault.Problem.Definition == EtcdProblems.OutcomeUnknown ? (acknowledged, i) : (acknowledged, Math.Max(acknowledged, _runtime[key].Tried));
                Interlocked.Increment(ref fault.Problem.Definition == EtcdProblems.OutcomeUnknown ? ref Unknown : ref Failed);
            }
        }
    }

    /// <summary>Holds what was told against what is there.</summary>
    public async Task CheckAsync(IStateStore store)
    {
        Generation last = (await store.ReadCurrentAsync(default)).ShouldNotBeNull();
        ImmutableArray<GenerationSummary> all = await store.ListGenerationsAsync(int.MaxValue, default);
        all.Select(static one => one.Number).ShouldBe(Enumerable.Range(0, all.Length).Select(i => last.Number - i), "a chain without gaps");
        all.Length.ShouldBe((int)last.Number);
        foreach ((long number, string name) in _acknowledged)
        {
            all[(int)(last.Number - number)].Note.Summary.ShouldBe(name, $"generation {number} was acknowledged to another writer");
        }

        // Each generation adds exactly its own user to the one before it: nothing was lost on the way, nothing came twice.
        string[] names = [.. all.Select(static one => one.Note.Summary)];
        names.ShouldBeUnique();
        last.Document.Users.Keys.Order(StringComparer.Ordinal).ShouldBe(names.Order(StringComparer.Ordinal));
        last.Number.ShouldBeLessThanOrEqualTo(Commits + Unknown, "a commit of which the writer was told that it failed");
        foreach ((string key, (long acknowledged, long tried)) in _runtime)
        {
            byte[]? value = await store.GetRuntimeAsync(key, default);
            long found = value is null ? 0 : BitConverter.ToInt64(value);
            found.ShouldBeInRange(acknowledged, Math.Max(acknowledged, tried), string.Create(CultureInfo.InvariantCulture, $"{key}: acknowledged {acknowledged}, tried {tried}"));
        }
    }
}
