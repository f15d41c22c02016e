using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>
/// What writers were told, to be held against what the store has in the end. Each commit adds one user of its own, so that a commit that
/// was lost, or applied twice, shows in the generations; each runtime key is written by one writer with rising numbers, so that
/// a late write that undid a newer one shows in its value, which the writer reads again before each write.
/// </summary>
internal sealed class History
{
    private readonly ConcurrentDictionary<long, string> _acknowledged = new();
    private readonly ConcurrentDictionary<string, CommitFate> _fates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _newest = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (long Acknowledged, long Tried)> _runtime = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _seen = new();

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
                if (document.Users.ContainsKey(name))
                {
                    _seen.Enqueue($"`{name}` is there, and its writer was told of a conflict");
                    i++;
                    continue;
                }

                CommitResult result = await store.TryCommitAsync(
                    current?.Number ?? 0, document with { Users = document.Users.Add(name, StoreFixture.User(name)) }, fixture.Note(name), default);
                if (result.IsCommitted)
                {
                    Acknowledge(writer, name, result.Generation);
                    i++;
                }
            }
            catch (ProblemException fault)
            {
                // Not known: this name may be there or not, and is not used again.
                Fail(name, fault.Problem.Definition == EtcdProblems.OutcomeUnknown);
                i++;
            }
        }
    }

    /// <summary>Counts one key up until told to stop.</summary>
    public async Task CountAsync(IStateStore store, string key, CancellationToken stop)
    {
        for (long i = 1; !stop.IsCancellationRequested; i++)
        {
            (long acknowledged, long tried) = _runtime.GetOrAdd(key, (0, 0));
            try
            {
                if (FaultOf(key, acknowledged, tried, ValueOf(await store.GetRuntimeAsync(key, default))) is { } fault)
                {
                    _seen.Enqueue(fault);
                }

                await store.PutRuntimeAsync(key, BitConverter.GetBytes(i), null, default);
                _runtime[key] = (i, i);
            }
            catch (ProblemException fault)
            {
                bool unknown = fault.Problem.Definition == EtcdProblems.OutcomeUnknown;
                _runtime[key] = (acknowledged, unknown ? i : tried);
                Interlocked.Increment(ref unknown ? ref Unknown : ref Failed);
            }
        }
    }

    /// <summary>A commit was acknowledged as a generation.</summary>
    public void Acknowledge(string writer, string name, long generation)
    {
        if (!_acknowledged.TryAdd(generation, name))
        {
            _seen.Enqueue($"generation {generation} was acknowledged to `{_acknowledged[generation]}` and to `{name}`");
        }

        if (_newest.TryGetValue(writer, out long before) && before >= generation)
        {
            _seen.Enqueue($"`{name}` became generation {generation}, and what was written before it generation {before}");
        }

        _newest[writer] = generation;
        _fates[name] = CommitFate.Acknowledged;
    }

    /// <summary>A commit failed: with nothing written, or nobody knows.</summary>
    public void Fail(string name, bool isUnknown)
    {
        _fates[name] = isUnknown ? CommitFate.Unknown : CommitFate.Failed;
        Interlocked.Increment(ref isUnknown ? ref Unknown : ref Failed);
    }

    /// <summary>Holds what was told against what a store has; what cannot be.</summary>
    public async Task<ImmutableArray<string>> FaultsAsync(IStateStore store)
    {
        var runtime = ImmutableDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (string key in _runtime.Keys)
        {
            runtime[key] = ValueOf(await store.GetRuntimeAsync(key, default));
        }

        ImmutableArray<GenerationSummary> all = await store.ListGenerationsAsync(int.MaxValue, default);
        return FaultsIn(new FoundHistory(
            [.. all.Select(static one => (one.Number, one.Note.Summary))],
            [.. (await store.ReadCurrentAsync(default))?.Document.Users.Keys ?? []],
            runtime.ToImmutable()));
    }

    /// <summary>The same of what was found.</summary>
    public ImmutableArray<string> FaultsIn(FoundHistory found) =>
    [
        .. _seen,
        .. ChainFaults(found),
        .. found.Generations.GroupBy(static one => one.Name, StringComparer.Ordinal).Where(static same => same.Count() > 1)
            .Select(static same => $"`{same.Key}` was applied {same.Count()} times: generations {string.Join(", ", same.Select(static one => one.Number))}"),
        .. _acknowledged.OrderBy(static one => one.Key).Select(told => LossOf(told.Key, told.Value, found)).OfType<string>(),
        .. found.Generations.Where(one => _fates.GetValueOrDefault(one.Name) is not (CommitFate.Acknowledged or CommitFate.Unknown))
            .Select(static one => $"generation {one.Number} is `{one.Name}`, of which its writer was told that nothing was written"),
        .. found.Generations.Select(static one => one.Name).Except(found.Users, StringComparer.Ordinal).Select(static name => $"`{name}` was added and is not in the state"),
        .. found.Users.Except(found.Generations.Select(static one => one.Name), StringComparer.Ordinal).Select(static name => $"`{name}` is in the state and was never added"),
        .. _runtime.Select(one => FaultOf(one.Key, one.Value.Acknowledged, one.Value.Tried, found.Runtime.GetValueOrDefault(one.Key))).OfType<string>(),
    ];

    private static IEnumerable<string> ChainFaults(FoundHistory found)
    {
        long[] numbers = [.. found.Generations.Select(static one => one.Number).Order()];
        return numbers.SequenceEqual(Enumerable.Range(1, numbers.Length).Select(static i => (long)i)) ? [] : [$"no chain from 1 without gaps: {string.Join(", ", numbers)}"];
    }

    private static string? LossOf(long generation, string name, FoundHistory found)
    {
        string? there = found.Generations.FirstOrDefault(one => one.Number == generation).Name;
        return there == name ? null
            : there is null ? $"generation {generation}, acknowledged to `{name}`, is not there"
            : $"generation {generation} was acknowledged to `{name}` and is `{there}`";
    }

    private static string? FaultOf(string key, long acknowledged, long tried, long there) =>
        there < acknowledged ? $"{key} is {there}, acknowledged was {acknowledged}"
        : there > Math.Max(acknowledged, tried) ? $"{key} is {there}, and nothing above {Math.Max(acknowledged, tried)} may have been written"
        : null;

    private static long ValueOf(byte[]? value) => value is null ? 0 : BitConverter.ToInt64(value);

    private enum CommitFate
    {
        Nobodys,
        Acknowledged,
        Unknown,
        Failed,
    }
}

/// <summary>What a store has.</summary>
/// <param name="Generations">Its generations, each with the user that it added.</param>
/// <param name="Users">The users of the newest.</param>
/// <param name="Runtime">Values of runtime keys.</param>
internal sealed record FoundHistory(ImmutableArray<(long Number, string Name)> Generations, ImmutableArray<string> Users, ImmutableDictionary<string, long> Runtime);
