using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>
/// The indexes of a trail's folder: files beside closed segments, memory for the newest one. A background loop keeps them up;
/// a search that comes before it does the rest itself.
/// </summary>
internal sealed class AuditIndexes(string directory, IAuditSigner signer, IReadOnlyList<ReadOnlyMemory<byte>> trusted, TimeProvider time) : IAsyncDisposable
{
    private const long Slice = 8 * 1024 * 1024;
    private const int ManySegments = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstRound = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _building = new(1, 1);
    private readonly Dictionary<string, SegmentIndexBuilder> _live = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unfit = new(StringComparer.Ordinal);
    private readonly HashSet<string> _current = new(StringComparer.Ordinal);

    // Used while building alone: segments built one after another must not leave a heap of dead blocks behind.
    private readonly Stack<IndexBlock> _spare = new();
    private readonly IndexPace _pace = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private (string Name, long Length) _seen = ("", 0);
    private long _looked;

    /// <summary>Segments whose index was missing or not right when it was asked for, until the next round.</summary>
    public int Broken
    {
        get
        {
            lock (_gate)
            {
                return _broken.Count;
            }
        }
    }

    /// <summary>Begins to keep them up.</summary>
    public void Start() => _loop = Task.Run(() => RunAsync(_stop.Token));

    /// <summary>The index of a segment, or null: then it is read from end to end.</summary>
    public ISegmentIndex? Open(string name, bool isNewest, CancellationToken cancellation)
    {
        string path = Path.Combine(directory, name);
        if (!isNewest)
        {
            if (SegmentIndexFile.TryOpen(path, trusted) is { } file)
            {
                return file;
            }

            Distrust(name);
        }

        SegmentIndexBuilder? live = isNewest ? Live(name) : Existing(name);
        return live?.CatchUp(path, long.MaxValue, cancellation) == true ? live.View() : null;
    }

    /// <summary>A segment's index was found not to be right: the next round builds it anew.</summary>
    public void Distrust(string name)
    {
        lock (_gate)
        {
            _broken.Add(name);
        }
    }

    /// <summary>Throws all indexes away and builds those of closed segments anew.</summary>
    public async Task<ReindexOutcome> RebuildAsync(CancellationToken cancellation)
    {
        await _building.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Rebuild(cancellation), cancellation);
        }
        finally
        {
            ReleaseBuilding();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _building.Dispose();
    }

    /// <summary>One round: builds what is missing, throws away what has no segment, reads on in the newest.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="goesOn">Asked with the number of segments built so far; false ends the round. Null: all of them.</param>
    internal async Task TickAsync(CancellationToken cancellation, Func<int, bool>? goesOn = null)
    {
        await _building.WaitAsync(cancellation);
        try
        {
            IReadOnlyList<AuditSegment> segments = AuditFolder.Segments(directory);
            RemoveOrphans(segments);
            int built = 0;
            bool isOver = false;
            for (int i = segments.Count - 2; i >= 0 && !isOver; i--)
            {
                // The newest first: it is what people look for.
                if (IsMissing(segments[i].Name))
                {
                    Build(segments[i].Name, cancellation);
                    built++;
                    isOver = goesOn?.Invoke(built) == false;
                }
            }

            if (built >= ManySegments)
            {
                // A backlog was made up, so the node is quiet, and would keep what that took for hours.
                _spare.Clear();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }

            if (!isOver && segments is [.., AuditSegment newest])
            {
                Live(newest.Name).CatchUp(Path.Combine(directory, newest.Name), Slice, cancellation);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk, or a segment that retention just took. Without an index searches are slower and still right.
        }
        finally
        {
            ReleaseBuilding();
        }
    }

    private void ReleaseBuilding()
    {
        _spare.Clear();
        _building.Release();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            // The start of a node has better things to do.
            _looked = time.GetTimestamp();
            await Task.Delay(FirstRound, time, cancellation);
            while (true)
            {
                int most = Allowed();
                long began = time.GetTimestamp();
                if (most > 0)
                {
                    // A load that comes while a backlog is made up stops it at the next segment.
                    await TickAsync(cancellation, built => Math.Min(most, Allowed()) > built);
                }

                TimeSpan took = time.GetElapsedTime(began);
                await Task.Delay(most == int.MaxValue ? Interval : IndexPace.Rest(took, Interval), time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    /// <summary>How many segments may be built now, by what was written since it was last asked.</summary>
    private int Allowed()
    {
        TimeSpan elapsed = time.GetElapsedTime(_looked);
        _looked = time.GetTimestamp();
        return _pace.Segments(Written(), elapsed);
    }

    /// <summary>Bytes written to the trail since the last call; a first call says 0.</summary>
    private long Written()
    {
        try
        {
            string name = AuditFolder.Segments(directory) is [.., AuditSegment newest] ? newest.Name : "";
            long length = LengthOf(name);
            long written = name == _seen.Name ? length - _seen.Length : length + Math.Max(0, LengthOf(_seen.Name) - _seen.Length);
            bool isFirst = _seen.Name.Length == 0;
            _seen = (name, length);
            return isFirst ? 0 : written;
        }
        catch (IOException)
        {
            // The folder is being changed: the round itself looks again.
            return 0;
        }
    }

    private long LengthOf(string name)
    {
        var file = new FileInfo(Path.Combine(directory, name));
        return name.Length > 0 && file.Exists ? file.Length : 0;
    }

    private ReindexOutcome Rebuild(CancellationToken cancellation)
    {
        lock (_gate)
        {
            _live.Clear();
            _unfit.Clear();
        }

        long start = time.GetTimestamp();
        int count = 0;
        long bytes = 0;
        IReadOnlyList<AuditSegment> segments = AuditFolder.Segments(directory);
        foreach (AuditSegment segment in segments.SkipLast(1))
        {
            string path = SegmentIndexFile.PathOf(Path.Combine(directory, segment.Name));
            File.Delete(path);
            Build(segment.Name, cancellation);
            if (File.Exists(path))
            {
                count++;
                bytes += new FileInfo(path).Length;
            }
        }

        return new ReindexOutcome(count, bytes, time.GetElapsedTime(start));
    }

    private void Build(string name, CancellationToken cancellation)
    {
        string path = Path.Combine(directory, name);
        SegmentIndexBuilder? live = Existing(name);
        SegmentIndexBuilder builder = live ?? new SegmentIndexBuilder(name, _spare);
        bool isFit = true;
        try
        {
            isFit = builder.CatchUp(path, long.MaxValue, cancellation);
            if (isFit)
            {
                using ISegmentIndex view = builder.View();
                SegmentIndexFile.Write(SegmentIndexFile.PathOf(path), view, builder.Indexed(), signer);
            }
        }
        catch (FileNotFoundException)
        {
            // Retention took it.
        }

        if (live is null)
        {
            builder.Release();
        }

        lock (_gate)
        {
            _live.Remove(name);
            _broken.Remove(name);
            if (!isFit)
            {
                _unfit.Add(name);
            }
        }
    }

    private bool IsMissing(string name)
    {
        lock (_gate)
        {
            if (_unfit.Contains(name))
            {
                return false;
            }

            if (_broken.Contains(name))
            {
                return true;
            }
        }

        string path = SegmentIndexFile.PathOf(Path.Combine(directory, name));
        if (!File.Exists(path))
        {
            return true;
        }

        // One that an older program made has another format; looked at once. Whether it is right is seen when it is used.
        bool isCurrent = _current.Contains(name) || SegmentIndexFile.IsCurrent(path);
        if (isCurrent)
        {
            _current.Add(name);
        }

        return !isCurrent;
    }

    private void RemoveOrphans(IReadOnlyList<AuditSegment> segments)
    {
        if (segments.Count == 0)
        {
            return;
        }

        var kept = segments.Select(static s => Path.ChangeExtension(s.Name, null)).ToHashSet(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(directory, "audit-*.idx*"))
        {
            if (!kept.Contains(Path.GetFileNameWithoutExtension(path)))
            {
                File.Delete(path);
            }
        }
    }

    private SegmentIndexBuilder Live(string name)
    {
        lock (_gate)
        {
            if (!_live.TryGetValue(name, out SegmentIndexBuilder? builder))
            {
                _live[name] = builder = new SegmentIndexBuilder(name);
            }

            return builder;
        }
    }

    private SegmentIndexBuilder? Existing(string name)
    {
        lock (_gate)
        {
            return _live.GetValueOrDefault(name);
        }
    }
}

/// <summary>What a rebuild did.</summary>
/// <param name="Segments">Segments that have an index now; the newest has none in a file.</param>
/// <param name="Bytes">Size of the indexes.</param>
/// <param name="Elapsed">How long it took.</param>
internal readonly record struct ReindexOutcome(int Segments, long Bytes, TimeSpan Elapsed);
