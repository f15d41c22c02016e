using System.Buffers.Binary;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>
/// Between callers and the writer's thread: slots, formatted records, and those who wait for the disk. A caller formats into
/// its thread's own buffer and holds the lock for one copy; the writer swaps two buffers. Nothing is allocated on the way.
/// </summary>
internal sealed class AuditQueue(int slots)
{
    /// <summary>Bytes before each record: length with the slot's bit, and its timestamp.</summary>
    public const int EntryHead = 12;

    private const int WakeAt = 512 * 1024;
    private const int MaxPending = 64 * 1024 * 1024;
    private const int MaxWithoutSlot = 8 * 1024;
    private const int MaxBytesWithoutSlot = 8 * 1024 * 1024;
    private const int KeepBuffer = 4 * 1024 * 1024;

    [ThreadStatic]
    private static byte[]? _scratch;

    private readonly object _gate = new();
    private readonly AuditSummaries _summaries = new();
    private List<Waiter> _durable = [];
    private List<TaskCompletionSource> _forSlots = [];
    private byte[] _active = new byte[256 * 1024];
    private byte[] _spare = new byte[256 * 1024];
    private int _length;
    private int _withoutSlot;
    private int _slotWaiters;
    private int _free = slots;
    private long _enqueued;
    private long _written;
    private bool _isIdle;
    private bool _isUrgent;
    private bool _isStopping;
    private volatile bool _isOpen = true;

    /// <summary>Whether slots are given; false once the writer has failed or the trail is closed.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Whether the trail is being closed.</summary>
    public bool IsStopping => Volatile.Read(ref _isStopping);

    /// <summary>Records that found no room.</summary>
    public AuditSummaries Summaries => _summaries;

    /// <summary>Records handed over so far.</summary>
    public long Enqueued => Volatile.Read(ref _enqueued);

    /// <summary>Records on disk so far.</summary>
    public long Written => Volatile.Read(ref _written);

    public bool TryReserve()
    {
        if (!_isOpen || IsStopping || Volatile.Read(ref _length) > MaxPending)
        {
            return false;
        }

        if (Interlocked.Decrement(ref _free) >= 0)
        {
            return true;
        }

        Interlocked.Increment(ref _free);
        return false;
    }

    /// <summary>A task that ends when a slot may have come free or the writer has failed. Take it first, then try, then wait.</summary>
    public Task SlotChange()
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_isOpen)
            {
                return Task.CompletedTask;
            }

            _forSlots.Add(waiter);
            Volatile.Write(ref _slotWaiters, _forSlots.Count);
        }

        return waiter.Task;
    }

    /// <summary>Gives slots back.</summary>
    public void Free(int count)
    {
        if (count > 0)
        {
            Interlocked.Add(ref _free, count);
            if (Volatile.Read(ref _slotWaiters) > 0)
            {
                WakeSlotWaiters();
            }
        }
    }

    /// <summary>Hands a record over; <paramref name="hasSlot"/> gives the slot back when it has been written.</summary>
    public void Append(AuditEvent record, bool hasSlot)
    {
        byte[] scratch = _scratch ??= new byte[AuditRecordWriter.MaxBody];
        int length = AuditRecordWriter.Format(record, scratch);
        lock (_gate)
        {
            Put(scratch.AsSpan(0, length), record.Time.UtcTicks, hasSlot);
        }
    }

    /// <summary>Hands a record without a slot over, or counts it where there is no room (false).</summary>
    public bool AppendOrCount(AuditEvent record)
    {
        byte[] scratch = _scratch ??= new byte[AuditRecordWriter.MaxBody];
        bool hasRoom = _isOpen && Volatile.Read(ref _withoutSlot) < MaxWithoutSlot && Volatile.Read(ref _length) < MaxBytesWithoutSlot;
        int length = hasRoom ? AuditRecordWriter.Format(record, scratch) : 0;
        lock (_gate)
        {
            // Looked at again under the lock, so that the bound holds.
            if (hasRoom && !_isStopping && _withoutSlot < MaxWithoutSlot)
            {
                _withoutSlot++;
                Put(scratch.AsSpan(0, length), record.Time.UtcTicks, hasSlot: false);
                return true;
            }

            _summaries.Add(record);
            WakeIfIdle();
            return false;
        }
    }

    /// <summary>True when all handed over before is on disk, false when it could not be.</summary>
    public ValueTask<bool> WhenDurable()
    {
        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_isOpen)
            {
                return ValueTask.FromResult(false);
            }

            _durable.Add(new Waiter(_enqueued, waiter));
            _isUrgent = true;
            Monitor.Pulse(_gate);
        }

        return new ValueTask<bool>(waiter.Task);
    }

    /// <summary>
    /// Writer: waits up to <paramref name="idle"/> for anything to do, then up to <paramref name="gather"/> for more of it,
    /// and takes all records. The batch is valid until the next call.
    /// </summary>
    public AuditBatch Take(TimeSpan idle, TimeSpan gather)
    {
        lock (_gate)
        {
            if (_length == 0 && !_isUrgent && !_isStopping)
            {
                _isIdle = true;
                Monitor.Wait(_gate, idle);
                _isIdle = false;
            }

            long until = Environment.TickCount64 + (long)gather.TotalMilliseconds;
            long left;
            while (_length is > 0 and < WakeAt && !_isUrgent && !_isStopping && (left = until - Environment.TickCount64) > 0)
            {
                Monitor.Wait(_gate, (int)left);
            }

            var batch = new AuditBatch(_active.AsMemory(0, _length), _enqueued, _isUrgent);
            (_active, _spare) = (_spare, _active);
            if (_active.Length > KeepBuffer && _length < KeepBuffer / 4)
            {
                // The peak is over.
                _active = new byte[KeepBuffer / 4];
            }

            Volatile.Write(ref _length, 0);
            Volatile.Write(ref _withoutSlot, 0);
            _isUrgent = false;
            return batch;
        }
    }

    /// <summary>Writer: waits for the time to try again, or for the end.</summary>
    public void Pause(TimeSpan time)
    {
        lock (_gate)
        {
            long until = Environment.TickCount64 + (long)time.TotalMilliseconds;
            long left;
            while (!_isStopping && (left = until - Environment.TickCount64) > 0)
            {
                Monitor.Wait(_gate, (int)left);
            }
        }
    }

    /// <summary>Writer: all up to <paramref name="ticket"/> is on disk.</summary>
    public void Durable(long ticket)
    {
        List<Waiter> done;
        Volatile.Write(ref _written, ticket);
        lock (_gate)
        {
            if (_durable.Count == 0)
            {
                return;
            }

            done = _durable.FindAll(w => w.Ticket <= ticket);
            _durable.RemoveAll(w => w.Ticket <= ticket);
        }

        done.ForEach(static w => w.Source.TrySetResult(true));
    }

    /// <summary>Writer: gives no more slots, and answers all who wait with no.</summary>
    public void Close()
    {
        List<Waiter> waiting;
        lock (_gate)
        {
            _isOpen = false;
            waiting = _durable;
            _durable = [];
        }

        waiting.ForEach(static w => w.Source.TrySetResult(false));
        WakeSlotWaiters();
    }

    /// <summary>Writer: gives slots again.</summary>
    public void Reopen()
    {
        _isOpen = true;
        WakeSlotWaiters();
    }

    /// <summary>Asks the writer to write what is there and end.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Put(ReadOnlySpan<byte> body, long ticks, bool hasSlot)
    {
        int need = _length + EntryHead + body.Length;
        if (need > _active.Length)
        {
            Array.Resize(ref _active, (int)Math.Min(Array.MaxLength, Math.Max(need, _active.Length * 2L)));
        }

        Span<byte> entry = _active.AsSpan(_length);
        BinaryPrimitives.WriteInt32LittleEndian(entry, (body.Length << 1) | (hasSlot ? 1 : 0));
        BinaryPrimitives.WriteInt64LittleEndian(entry[4..], ticks);
        body.CopyTo(entry[EntryHead..]);
        int before = _length;
        Volatile.Write(ref _length, need);
        _enqueued++;
        if (_isIdle || (before < WakeAt && need >= WakeAt))
        {
            _isIdle = false;
            Monitor.Pulse(_gate);
        }
    }

    private void WakeIfIdle()
    {
        if (_isIdle)
        {
            _isIdle = false;
            Monitor.Pulse(_gate);
        }
    }

    private void WakeSlotWaiters()
    {
        List<TaskCompletionSource> waiting;
        lock (_gate)
        {
            waiting = _forSlots;
            _forSlots = [];
            Volatile.Write(ref _slotWaiters, 0);
        }

        waiting.ForEach(static w => w.TrySetResult());
    }

    private readonly record struct Waiter(long Ticket, TaskCompletionSource<bool> Source);
}

/// <summary>Records taken from the queue: heads of <see cref="AuditQueue.EntryHead"/> bytes and bodies.</summary>
/// <param name="Entries">The bytes.</param>
/// <param name="Ticket">All records up to this one were taken.</param>
/// <param name="IsUrgent">Someone waits for the disk.</param>
internal readonly record struct AuditBatch(ReadOnlyMemory<byte> Entries, long Ticket, bool IsUrgent);
