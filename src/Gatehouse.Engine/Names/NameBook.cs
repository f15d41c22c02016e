using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Network;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Names;

/// <summary>
/// What this node knows about names in address rules. Answers at once from memory; workers ask for the rest, bounded in number,
/// time and memory. Whatever cannot be asked is not known, and what is not known lets nobody in.
/// </summary>
internal sealed class NameBook : INameFacts, IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly SnapshotHolder _snapshots;
    private readonly HostBook _hosts;
    private readonly NameQuestions _questions;
    private readonly NameLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger<NameBook> _logger;
    private readonly long _start;
    private readonly ConcurrentDictionary<IPAddress, SourceEntry> _sources = new();
    private readonly Dictionary<(ulong Bits, bool IsIPv6), int> _waiting = [];
    private readonly Channel<Func<Task>> _queue;
    private readonly CancellationToken _stop;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();
    private int _open;
    private TimeSpan _lastTrim = TimeSpan.MinValue;

    public NameBook(SnapshotHolder snapshots, INameResolver resolver, NameLimits limits, TimeProvider time, ILogger<NameBook> logger)
    {
        _snapshots = snapshots;
        _limits = limits;
        _time = time;
        _logger = logger;
        _start = time.GetTimestamp();
        _hosts = new HostBook(limits);
        _questions = new NameQuestions(resolver, limits, time);
        _queue = Channel.CreateBounded<Func<Task>>(limits.Waiting);
        _stop = _stopping.Token;
        for (int worker = 0; worker < limits.Workers; worker++)
        {
            _ = Task.Run(WorkAsync, CancellationToken.None);
        }

        snapshots.Swapped += OnSwapped;
        snapshots.Names = this;
        OnSwapped(snapshots.Current);
        _timer = time.CreateTimer(static state => ((NameBook)state!).AskForHosts(), this, LookEvery, LookEvery);
    }

    /// <summary>Questions that wait or are under way.</summary>
    public int Open => Volatile.Read(ref _open);

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <inheritdoc/>
    public ImmutableArray<HostAddress> HostsAt(IPAddress source) => _hosts.At(source);

    /// <inheritdoc/>
    public bool IsResolved(string host) => _hosts.IsResolved(host);

    /// <inheritdoc/>
    public SourceNames NamesOf(IPAddress source)
    {
        TimeSpan now = Now;
        if (!_sources.TryGetValue(source, out SourceEntry? entry))
        {
            if (_sources.Count >= _limits.Sources && !Trim(now))
            {
                return default;
            }

            entry = _sources.GetOrAdd(source, static _ => new SourceEntry());
        }

        SourceNames names = entry.Read(now, out bool shouldAsk);
        if (shouldAsk && !TryAsk(source, entry))
        {
            entry.Drop();
        }

        return names;
    }

    /// <summary>A plain name of a rule; null where no rule has it.</summary>
    public HostState? StateOf(string host) => _hosts.StateOf(host);

    /// <inheritdoc/>
    public void Dispose()
    {
        _snapshots.Swapped -= OnSwapped;
        _timer.Dispose();
        _queue.Writer.TryComplete();
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void OnSwapped(SecuritySnapshot snapshot)
    {
        _hosts.Watch(snapshot.HostNames);
        AskForHosts();
    }

    private void AskForHosts()
    {
        foreach (HostEntry host in _hosts.TakeDue(Now))
        {
            if (!TryPut(() => AskAsync(host)))
            {
                _hosts.Drop(host);
            }
        }
    }

    private bool TryPut(Func<Task> question)
    {
        Interlocked.Increment(ref _open);
        if (_queue.Writer.TryWrite(question))
        {
            return true;
        }

        Interlocked.Decrement(ref _open);
        return false;
    }

    private async Task AskAsync(HostEntry host)
    {
        bool wasFailing = host.IsFailing;
        NameAnswer<IPAddress> answer = await _questions.AddressesOfAsync(host.Name, _stop);
        if (_hosts.Learn(host, answer, Now, _time.GetUtcNow()))
        {
            Log.HostChanged(_logger, host.Name, host.Current.Length);
        }

        if (answer.IsFailure && !wasFailing)
        {
            Log.HostFailed(_logger, host.Name);
        }
    }

    // One subscriber has a whole /64, and may have a reverse zone that never answers: it must not hold all workers.
    private bool TryAsk(IPAddress source, SourceEntry entry)
    {
        (ulong, bool) key = KeyOf(source);
        lock (_waiting)
        {
            int waiting = _waiting.GetValueOrDefault(key);
            if (waiting >= _limits.WaitingPerSource)
            {
                return false;
            }

            _waiting[key] = waiting + 1;
        }

        if (TryPut(() => AskAsync(source, entry, key)))
        {
            return true;
        }

        Leave(key);
        return false;
    }

    private async Task AskAsync(IPAddress source, SourceEntry entry, (ulong, bool) key)
    {
        try
        {
            entry.Learn(await _questions.NamesOfAsync(source, _stop), Now, _limits);
        }
        finally
        {
            Leave(key);
        }
    }

    private void Leave((ulong, bool) key)
    {
        lock (_waiting)
        {
            if (--_waiting[key] == 0)
            {
                _waiting.Remove(key);
            }
        }
    }

    private async Task WorkAsync()
    {
        await foreach (Func<Task> question in _queue.Reader.ReadAllAsync())
        {
            try
            {
                if (!_stop.IsCancellationRequested)
                {
                    await question();
                }
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // The next question must be asked whatever became of this one.
                Log.QuestionFailed(_logger, fault);
            }

            Interlocked.Decrement(ref _open);
        }
    }

    // Live connections are re-decided twice a second: what nobody used lately belongs to none.
    private bool Trim(TimeSpan now)
    {
        lock (_waiting)
        {
            if (now - LookEvery < _lastTrim)
            {
                return _sources.Count < _limits.Sources;
            }

            _lastTrim = now;
        }

        foreach ((IPAddress source, SourceEntry entry) in _sources)
        {
            if (now - entry.LastUsed > TimeSpan.FromSeconds(10))
            {
                _sources.TryRemove(source, out _);
            }
        }

        return _sources.Count < _limits.Sources;
    }

    private static (ulong Bits, bool IsIPv6) KeyOf(IPAddress source)
    {
        Span<byte> bytes = stackalloc byte[16];
        return source.TryWriteBytes(bytes, out int written) && written == 4
            ? (System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes), false)
            : (System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes), true);
    }
}
