using System.Diagnostics.CodeAnalysis;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// Which indices, aliases and data streams there are behind one gate, and what belongs to what. Asked of the upstream when somebody
/// needs it and what is known is older than <see cref="FreshFor"/>; one question at a time, for all who wait. While it is asked,
/// what is known goes on being used for <see cref="UsableFor"/>, but never what was known before a change that went through this gate.
/// </summary>
/// <param name="gate">The gate's name, for the log.</param>
/// <param name="ask">Asks the upstream.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures are written.</param>
internal sealed class IndexNameBook(string gate, Func<UpstreamQuestion, ValueTask<UpstreamReply>> ask, TimeProvider time, ILogger logger)
{
    /// <summary>Largest answer, in bytes: some 500,000 names.</summary>
    public const int MaxAnswer = 64 * 1024 * 1024;

    /// <summary>How long a question may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>After a failure nobody asks again before this.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Page? _page;
    private long _version;
    private Task? _asking;
    private long? _failedAt;
    private bool _isFailing;
    private volatile bool _isUntold;

    /// <summary>How old what is known may be without being asked again.</summary>
    public TimeSpan FreshFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How old it may be while it is asked again.</summary>
    public TimeSpan UsableFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What was known last, however old; null before anybody asked.</summary>
    public KnownNames? Latest => Volatile.Read(ref _page)?.Names;

    /// <summary>What to go by where <see cref="GetAsync"/> has none: none at all, or that the upstream has no API for them.</summary>
    public KnownNames Instead => _isUntold ? KnownNames.Untold : KnownNames.None;

    /// <summary>Names went through this gate that were made, removed or given to something else: what is known is old.</summary>
    public void Forget() => Interlocked.Increment(ref _version);

    /// <summary>The names, where they are known and fresh; nothing is asked.</summary>
    public bool TryGet([NotNullWhen(true)] out KnownNames? names)
    {
        Page? page = Volatile.Read(ref _page);
        names = page is not null && page.Version == Interlocked.Read(ref _version) && time.GetElapsedTime(page.AskedAt) <= FreshFor ? page.Names : null;
        return names is not null;
    }

    /// <summary>The names; null where they cannot be had.</summary>
    public ValueTask<KnownNames?> GetAsync() => TryGet(out KnownNames? names) ? ValueTask.FromResult<KnownNames?>(names) : FindAsync();

    private async ValueTask<KnownNames?> FindAsync()
    {
        long needed = Interlocked.Read(ref _version);

        // A question under way may have been asked before the last change; the one after it was not.
        for (int round = 0; round < 2; round++)
        {
            Task asking;
            lock (_gate)
            {
                Page? known = _page;
                bool isUsable = known is not null && known.Version >= needed && time.GetElapsedTime(known.AskedAt) <= UsableFor;
                if (_asking is null && (_failedAt is not { } failed || time.GetElapsedTime(failed) >= Pause))
                {
                    long version = Interlocked.Read(ref _version);
                    _asking = Task.Run(() => AskAsync(version));
                }

                if (isUsable || _asking is null)
                {
                    return isUsable ? known!.Names : null; // usable: it is there
                }

                asking = _asking;
            }

            await asking;
            Page? page = Volatile.Read(ref _page);
            if (page is not null && page.Version >= needed && time.GetElapsedTime(page.AskedAt) <= UsableFor)
            {
                return page.Names;
            }
        }

        return null;
    }

    private async Task AskAsync(long version)
    {
        long askedAt = time.GetTimestamp();
        KnownNames? names = null;
        string? why = null;
        try
        {
            (names, why) = await AskUpstreamAsync();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A fault of ours must not leave everybody waiting for ever.
            why = fault.GetType().Name;
        }

        lock (_gate)
        {
            _asking = null;
            _failedAt = names is null ? time.GetTimestamp() : null;
            if (names is not null)
            {
                Volatile.Write(ref _page, new Page(names, version, askedAt));
            }

            Report(names, why);
        }
    }

    private async ValueTask<(KnownNames? Names, string? Why)> AskUpstreamAsync()
    {
        UpstreamReply reply = await ask(UpstreamQuestion.Names);
        bool isOld = reply.Status is 400 or 404 or 405;
        if (reply.IsComplete && isOld)
        {
            // Elasticsearch before 7.9 has neither this API nor data streams.
            reply = await ask(UpstreamQuestion.Aliases);
        }

        _isUntold = reply.IsComplete && reply.Status is 400 or 404 or 405 or 501;
        if (!reply.IsComplete || reply.Status != 200)
        {
            return (null, reply.IsComplete ? $"status {reply.Status}" : $"{reply.Outcome.Word}: {reply.Detail}");
        }

        // It came on a thread that many connections share, and there may be much of it.
        (KnownNames? Names, string? Why) read = await Task.Run<(KnownNames? Names, string? Why)>(() =>
            (isOld ? NamesReader.TryReadAliases(reply.Body.Span, out KnownNames? names) : NamesReader.TryReadResolved(reply.Body.Span, out names))
                ? (names, null)
                : (null, "the answer is not what this API gives"));
        _isUntold = read.Names is null;
        return read;
    }

    private void Report(KnownNames? names, string? why)
    {
        if (names is null && !_isFailing)
        {
            Log.NamesMissing(logger, GateProblems.NamesUnavailable.Id, gate, why ?? "");
        }
        else if (names is not null && _isFailing)
        {
            Log.NamesBack(logger, gate, names.All.Count);
        }

        _isFailing = names is null;
    }

    private sealed record Page(KnownNames Names, long Version, long AskedAt);
}
