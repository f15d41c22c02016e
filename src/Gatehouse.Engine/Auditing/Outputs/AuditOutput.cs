using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>
/// Carries the trail to one receiver: each record at least once, in order. The segments are the spool; a cursor says how far
/// the receiver surely has them. After an error everything behind the cursor is sent again.
/// </summary>
internal sealed class AuditOutput : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Save = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AtClose = TimeSpan.FromSeconds(5);

    private const int MaxParts = 64;

    private readonly OutputSettings _settings;
    private readonly RefusedRecords _refused;
    private readonly TrailReader _reader;
    private readonly CursorFile _cursor;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<AuditOutput, OutputNews> _news;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly Queue<(TrailPosition End, long At)> _unsettled = new();
    private TrailPosition _sent;
    private TrailPosition _confirmed;
    private long _saved;
    private long _delivered;
    private long _behind;
    private bool _isOver;
    private int _disposed;
    private volatile Problem? _failure;
    private Task _loop = Task.CompletedTask;

    public AuditOutput(string directory, OutputSettings settings, Action<AuditOutput, OutputNews> news, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _reader = new TrailReader(directory);
        _cursor = new CursorFile(directory, settings.Name);
        _news = news;
        _time = time;
        _logger = logger;
        _confirmed = _sent = _cursor.Read();
        _refused = new RefusedRecords(settings.Name, time);
    }

    /// <summary>How it is configured.</summary>
    public OutputSettings Settings => _settings;

    /// <summary>Why nothing is delivered at present, or null.</summary>
    public Problem? Failure => _failure;

    /// <summary>Whether it is behind by more than its limit.</summary>
    public bool IsOver => Volatile.Read(ref _isOver);

    /// <summary>Bytes of the trail that were not sent yet.</summary>
    public long Behind => Volatile.Read(ref _behind);

    /// <summary>Records sent; those sent twice count twice.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Records that its receiver refused for good.</summary>
    public RefusedRecords Refused => _refused;

    /// <summary>The segment of the oldest record that its receiver may not have; empty where it has nothing yet.</summary>
    public string Needs { get; private set; } = "";

    /// <summary>Begins.</summary>
    public void Start()
    {
        Needs = _confirmed.Segment;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Sends what is left, as far as that goes within seconds, and keeps the cursor.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _abandon.CancelAfter(AtClose);
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _abandon.Dispose();
    }

    private async Task RunAsync()
    {
        TimeSpan wait = _settings.RetryAfter;
        while (!_stop.IsCancellationRequested)
        {
            long before = Delivered;
            TimeSpan least = TimeSpan.Zero;
            try
            {
                await ConnectedAsync();
            }
            catch (Exception e) when (IsExpected(e))
            {
                Failed(e);
                least = e is RetryLaterException later ? later.After : least;
            }

            // Whatever its receiver may not have goes again.
            _unsettled.Clear();
            _sent = _confirmed;
            wait = Delivered > before ? _settings.RetryAfter : TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, _settings.RetryAtMost.Ticks));
            await BackOffAsync(wait, least);
        }

        TrySave(force: true);
        if (_refused.IsDue())
        {
            _news(this, OutputNews.Refused);
        }
    }

    private async Task ConnectedAsync()
    {
        await using IOutputSink sink = await WithinAsync(async limit =>
            _settings.Kind == OutputKind.Syslog ? await SyslogSink.OpenAsync(_settings, limit) : (IOutputSink)OtlpSink.Open(_settings), _stop.Token);
        while (!_stop.IsCancellationRequested)
        {
            if (!await StepAsync(sink))
            {
                await PauseAsync(Poll);
            }
        }

        await FinishAsync(sink);
    }

    /// <summary>Sends one batch; false where there is none.</summary>
    private async Task<bool> StepAsync(IOutputSink sink)
    {
        // A socket's thread may run this: files are read on another.
        OutgoingBatch batch = await Task.Run(() => _reader.Read(_sent));
        if (batch.Missing)
        {
            _news(this, OutputNews.Missed);
        }

        if (batch.Records.Count > 0)
        {
            if (!await DeliverAsync(sink, batch))
            {
                // It takes nothing at all: no reason to throw the whole trail at it at once.
                await PauseAsync(_settings.RetryAfter);
            }

            if (_failure is not null)
            {
                _failure = null;
                _logger.OutputRecovered(_settings.Name);
            }
        }
        else if (sink.IsLost)
        {
            throw new IOException("the receiver closed the connection");
        }
        else
        {
            Advance(sink, batch.End);
        }

        Settle();
        await Task.Run(() => Measure(force: false));
        return batch.Records.Count > 0;
    }

    /// <summary>
    /// Sends a batch; what is refused goes again in halves, as far as <see cref="MaxParts"/> goes, so that one bad record takes no
    /// others with it: who can make one could hide what else was done. False where nothing of it was taken.
    /// </summary>
    private async Task<bool> DeliverAsync(IOutputSink sink, OutgoingBatch batch)
    {
        var parts = new Stack<(int From, int Count)>();
        parts.Push((0, batch.Records.Count));
        int left = MaxParts;
        bool anyTaken = false;
        while (parts.TryPop(out (int From, int Count) part))
        {
            OutgoingRecord[] records = [.. batch.Records.Skip(part.From).Take(part.Count)];
            SinkAnswer answer = await WithinAsync(limit => sink.SendAsync(records, limit), _abandon.Token);
            if (answer.IsWhole && part.Count > 1 && left-- > 0)
            {
                int half = part.Count / 2;
                parts.Push((part.From + half, part.Count - half));
                parts.Push((part.From, half));
                continue;
            }

            int next = part.From + part.Count;
            Interlocked.Add(ref _delivered, part.Count - answer.Refused);
            anyTaken |= answer.Refused < part.Count;
            _refused.Add(answer, records);
            Advance(sink, next == batch.Records.Count ? batch.End : new TrailPosition(batch.Records[next].Segment, batch.Records[next].Offset));
        }

        return anyTaken;
    }

    private void Advance(IOutputSink sink, TrailPosition to)
    {
        _sent = to;
        if (sink.Acknowledges)
        {
            _confirmed = to;
        }
        else
        {
            _unsettled.Enqueue((to, _time.GetTimestamp()));
        }
    }

    private async Task FinishAsync(IOutputSink sink)
    {
        CancellationToken limit = _abandon.Token;
        while (true)
        {
            OutgoingBatch batch = await Task.Run(() => _reader.Read(_sent));
            if (batch.Records.Count == 0)
            {
                break;
            }

            await DeliverAsync(sink, batch);
        }

        try
        {
            if (await sink.FinishAsync(limit))
            {
                _confirmed = _sent;
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // The receiver says no goodbye: the last half minute goes again at the next start.
        }
    }

    private void Settle()
    {
        while (_unsettled.TryPeek(out (TrailPosition End, long At) oldest) && _time.GetElapsedTime(oldest.At) >= _settings.Settle)
        {
            _confirmed = oldest.End;
            _unsettled.Dequeue();
        }
    }

    /// <summary>Says how far it is behind, raises and ends the alarm, keeps the cursor; once a second.</summary>
    private void Measure(bool force)
    {
        if (!force && _saved != 0 && _time.GetElapsedTime(_saved) < Save)
        {
            return;
        }

        _saved = _time.GetTimestamp();
        long behind = _reader.Behind(_sent);
        Volatile.Write(ref _behind, behind);
        if (!IsOver && behind > _settings.Limit)
        {
            Volatile.Write(ref _isOver, true);
            _news(this, OutputNews.Over);
        }
        else if (IsOver && behind <= _settings.Limit / 2)
        {
            Volatile.Write(ref _isOver, false);
            _news(this, OutputNews.Caught);
        }

        if (_refused.IsDue())
        {
            _news(this, OutputNews.Refused);
        }

        TrySave(force: false);
        _news(this, OutputNews.Moved);
    }

    private void TrySave(bool force)
    {
        try
        {
            _cursor.Write(_confirmed);
            Needs = _confirmed.Segment;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Some records would go twice after a restart. The disk's own alarm is the trail's.
            if (force)
            {
                _logger.CursorLost(_settings.Name, e);
            }
        }
    }

    private async Task BackOffAsync(TimeSpan wait, TimeSpan least)
    {
        // Between half of it and all of it, so that nodes do not come at once.
        long until = _time.GetTimestamp();
        TimeSpan limit = least + (wait * (RandomNumberGenerator.GetInt32(50, 101) / 100.0));
        while (!_stop.IsCancellationRequested && _time.GetElapsedTime(until) < limit)
        {
            await Task.Run(() => Measure(force: false));
            TimeSpan left = limit - _time.GetElapsedTime(until);
            await PauseAsync(left < Save ? left : Save);
        }
    }

    private void Failed(Exception e)
    {
        string text = $"output `{_settings.Name}` to {_settings.Host}:{_settings.Port}: {e.Message}";
        Problem problem = AuditProblems.OutputFailed.Because(text, hint: "nothing is lost while the segments are there; it tries again by itself");
        if (_failure is null)
        {
            _logger.OutputFailed(problem.ToString());
        }

        _failure = problem;
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(_settings.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new IOException($"nothing went on for {_settings.Timeout.TotalSeconds} s", e);
        }
    }

    private async Task PauseAsync(TimeSpan time)
    {
        try
        {
            await Task.Delay(time < TimeSpan.Zero ? TimeSpan.Zero : time, _time, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    [SuppressMessage("Style", "IDE0078", Justification = "One kind a line reads better.")]
    private static bool IsExpected(Exception e) =>
        e is IOException or SocketException or AuthenticationException or OperationCanceledException or HttpRequestException
            or UnauthorizedAccessException or ObjectDisposedException or InvalidOperationException or CryptographicException;
}

/// <summary>What an output has to tell.</summary>
internal enum OutputNews
{
    /// <summary>It measured how far it has come.</summary>
    Moved = 0,

    /// <summary>It fell behind by more than its limit.</summary>
    Over = 1,

    /// <summary>It has caught up to half of its limit.</summary>
    Caught = 2,

    /// <summary>Segments were gone before it had read them.</summary>
    Missed = 3,

    /// <summary>Its receiver refused records for good.</summary>
    Refused = 4,
}
