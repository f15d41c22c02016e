using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Operations;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>A trail in memory with what MQTT's records say: one line each, and the alarm's or denial's problem.</summary>
internal sealed class MqttTrail : IAuditTrail
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _written = new(0);
    private int _receipts;
    private int _reserved;

    public bool IsStrict { get; set; }

    public bool IsHealthy { get; set; } = true;

    /// <summary>No slot is to be had.</summary>
    public bool IsFull { get; set; }

    /// <summary>Runs while a decision is being written, with its line; the decision is on disk when it ends in true.</summary>
    public Func<string, Task<bool>> Deciding { get; set; } = static _ => Task.FromResult(true);

    /// <summary>Slots reserved and not given back.</summary>
    public int Reserved => Volatile.Read(ref _reserved);

    public IReadOnlyCollection<string> Lines => _lines;

    public bool IsRecorded(in AuditSubject subject) => true;

    public bool TryReserve(out AuditSlot slot)
    {
        slot = IsFull ? default : new AuditSlot(this);
        Interlocked.Add(ref _reserved, IsFull ? 0 : 1);
        return !IsFull;
    }

    public ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation) => ValueTask.FromResult(TryReserve(out AuditSlot slot) ? slot : default);

    public async ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision)
    {
        Write(decision);
        return await Deciding(Line(decision));
    }

    public void Complete(AuditSlot slot, AuditEvent record)
    {
        Interlocked.Decrement(ref _reserved);
        Write(record);
    }

    public void Release(AuditSlot slot) => Interlocked.Decrement(ref _reserved);

    public bool Write(AuditEvent record)
    {
        _lines.Enqueue(Line(record));
        _written.Release();
        return true;
    }

    public string NewReceipt() => string.Create(CultureInfo.InvariantCulture, $"GH-TEST-{Interlocked.Increment(ref _receipts)}");

    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => ValueTask.FromResult(true);

    /// <summary>How many lines hold a text.</summary>
    public int Count(string text) => _lines.Count(l => l.Contains(text, StringComparison.Ordinal));

    /// <summary>The first line that holds all of some texts, waiting for it.</summary>
    public async Task<string> WaitForAsync(params string[] texts)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        while (true)
        {
            string? found = _lines.FirstOrDefault(l => texts.All(t => l.Contains(t, StringComparison.Ordinal)));
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
                throw new TimeoutException($"no record with `{string.Join("`, `", texts)}` in:\n{string.Join("\n", _lines)}", fault);
            }
        }
    }

    private static string Line(AuditEvent record) => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Action} {record.Outcome} {record.User ?? "-"} {Describe(record.Operations)} forward={record.Forward ?? "-"} reason={record.Reason ?? "-"} problem={record.Problem ?? "-"} receipt={record.Receipt ?? "-"} count={record.Count} in={record.RequestBytes} out={record.ResponseBytes} target={record.Target ?? "-"} message={record.Message ?? "-"}");

    private static string Describe(OperationSet? operations)
    {
        var text = new StringBuilder();
        for (int i = 0; i < (operations?.Count ?? 0); i++)
        {
            OperationView one = operations![i];
            text.Append(one.Action.Name).Append(':');
            for (int r = 0; r < one.ResourceCount; r++)
            {
                text.Append(Encoding.UTF8.GetString(one.Resource(r)));
            }
        }

        return text.Length == 0 ? "-" : text.ToString();
    }
}
