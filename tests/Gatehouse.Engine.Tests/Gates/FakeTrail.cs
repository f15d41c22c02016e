using System.Collections.Concurrent;
using System.Globalization;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>A trail in memory: one line a record, with what tests ask for.</summary>
internal sealed class FakeTrail : IAuditTrail
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _written = new(0);
    private int _receipts;
    private int _reserved;

    public bool IsStrict { get; set; }

    public bool IsHealthy => !IsFull;

    /// <summary>No slot is to be had.</summary>
    public bool IsFull { get; set; }

    /// <summary>Records without a slot find no room and are only counted.</summary>
    public bool IsFlooded { get; set; }

    /// <summary>Slots reserved and not given back.</summary>
    public int Reserved => _reserved;

    public IReadOnlyCollection<string> Lines => _lines;

    public bool IsRecorded(in AuditSubject subject) => true;

    public bool TryReserve(out AuditSlot slot)
    {
        slot = IsFull ? default : new AuditSlot(this);
        Interlocked.Add(ref _reserved, IsFull ? 0 : 1);
        return !IsFull;
    }

    public ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation) =>
        ValueTask.FromResult(TryReserve(out AuditSlot slot) ? slot : default);

    public ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision)
    {
        Write(decision);
        return ValueTask.FromResult(true);
    }

    public void Complete(AuditSlot slot, AuditEvent record)
    {
        Interlocked.Decrement(ref _reserved);
        Write(record);
    }

    public void Release(AuditSlot slot) => Interlocked.Decrement(ref _reserved);

    public bool Write(AuditEvent record)
    {
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{record.Action} {record.Outcome} {record.User ?? "-"} {record.Method ?? "-"} {record.Path ?? "-"} {record.Status} forward={record.Forward ?? "-"} reason={record.Reason ?? "-"} in={record.RequestBytes} out={record.ResponseBytes} receipt={record.Receipt ?? "-"}{(record.Problem is { } problem ? " problem=" + problem : "")}");
        _lines.Enqueue(record.RequestBody is null && record.RequestBodyHash is null ? line : $"{line} body={record.RequestBody ?? "hash"}");
        _written.Release();
        return !IsFlooded;
    }

    public string NewReceipt() => string.Create(CultureInfo.InvariantCulture, $"GH-TEST-{Interlocked.Increment(ref _receipts)}");

    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => ValueTask.FromResult(true);

    /// <summary>The first line that holds a text, waiting for it.</summary>
    public async Task<string> WaitForAsync(string text)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        while (true)
        {
            string? found = _lines.FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal));
            if (found is not null)
            {
                return found;
            }

            try
            {
                await _written.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException fault)
            {
                throw new TimeoutException($"no record with `{text}` in: {string.Join(" | ", _lines)}", fault);
            }
        }
    }
}
