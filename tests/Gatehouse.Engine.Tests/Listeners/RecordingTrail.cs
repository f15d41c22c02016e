using System.Collections.Concurrent;
using System.Threading.Channels;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;

namespace Gatehouse.Engine.Tests.Listeners;

/// <summary>A trail in memory that can be awaited.</summary>
internal sealed class RecordingTrail : IAuditTrail
{
    private readonly Channel<AuditEvent> _channel = Channel.CreateUnbounded<AuditEvent>();

    public ConcurrentQueue<AuditEvent> Records { get; } = new();

    public bool IsStrict => false;

    public bool IsHealthy => true;

    public bool IsRecorded(in AuditSubject subject) => true;

    public bool TryReserve(out AuditSlot slot)
    {
        slot = new AuditSlot(this);
        return true;
    }

    public ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation) => new(new AuditSlot(this));

    public ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision) => new(true);

    public void Complete(AuditSlot slot, AuditEvent record) => Write(record);

    public void Release(AuditSlot slot)
    {
    }

    public bool Write(AuditEvent record)
    {
        Records.Enqueue(record);
        return _channel.Writer.TryWrite(record);
    }

    public string NewReceipt() => "TEST";

    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => new(true);

    /// <summary>The next record of a kind.</summary>
    public async Task<AuditEvent> NextAsync(AuditAction action)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            AuditEvent record = await _channel.Reader.ReadAsync(limit.Token);
            if (record.Action == action)
            {
                return record;
            }
        }
    }
}
