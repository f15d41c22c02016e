using System.Diagnostics.CodeAnalysis;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Scanning;

/// <summary>
/// Goes through recorded decisions. What was asked before in the same way, by the same identity, from the same place, is not
/// looked at anew but counted. Memory is bounded: what is remembered is forgotten when it is too much.
/// </summary>
/// <typeparam name="T">What is remembered of a kind of question; null: nothing of interest.</typeparam>
internal abstract class DecisionScan<T> : ILineScan
    where T : class
{
    private const int MaxKinds = 200_000;
    private const long MaxKeyBytes = 64 * 1024 * 1024;

    private readonly Dictionary<byte[], T?> _kinds = new(new KeyComparer());
    private readonly Dictionary<byte[], T?>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly DecisionLine _line = new();
    private byte[] _keyWithTime = new byte[4096];
    private long _keyBytes;

    protected DecisionScan() => _lookup = _kinds.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Recorded decisions so far.</summary>
    public long Decisions { get; private set; }

    /// <summary>Decisions of which the record left something out, so that they are not looked at.</summary>
    public long Truncated { get; private set; }

    /// <summary>Lines that claim to be decisions and cannot be read.</summary>
    public long Unreadable { get; private set; }

    /// <summary>Whether the audit policy was changed in this span, so that it may have been another for a part of it.</summary>
    public bool SawAuditPolicyChange { get; private set; }

    /// <inheritdoc/>
    public void Line(ReadOnlySpan<byte> line)
    {
        if (!_line.TryRead(line))
        {
            return;
        }

        Decisions++;
        int period = PeriodOf(_line.Ticks);
        ReadOnlySpan<byte> key = KeyOf(period);
        if (!_lookup.TryGetValue(key, out T? kind))
        {
            kind = Learn(line, key);
        }

        if (kind is not null)
        {
            Count(kind, _line);
        }
    }

    /// <summary>Two decisions of one period differ in nothing that depends on the time.</summary>
    protected virtual int PeriodOf(long ticks) => 0;

    /// <summary>Looks at a kind of question for the first time.</summary>
    protected abstract T? Look(AuditRecord record);

    /// <summary>Counts one more of a kind.</summary>
    protected abstract void Count(T kind, DecisionLine line);

    private T? Learn(ReadOnlySpan<byte> line, ReadOnlySpan<byte> key)
    {
        T? kind = null;
        if (!AuditRecordReader.TryRead(line, out AuditRecord? record))
        {
            Unreadable++;
            return null;
        }

        if (record.Truncated)
        {
            // Each is counted for itself: it is not remembered.
            Truncated++;
            return null;
        }

        SawAuditPolicyChange |= record.Action == AuditAction.AccessGranted
            && record.Operations.Any(static operation => operation is { System: "gatehouse", Action: "audit-policy.write" });
        kind = Look(record);
        if (_kinds.Count >= MaxKinds || _keyBytes + key.Length > MaxKeyBytes)
        {
            _kinds.Clear();
            _keyBytes = 0;
        }

        _lookup[key] = kind;
        _keyBytes += key.Length;
        return kind;
    }

    private ReadOnlySpan<byte> KeyOf(int period)
    {
        if (period == 0)
        {
            return _line.Key;
        }

        int length = _line.Key.Length + sizeof(int);
        if (length > _keyWithTime.Length)
        {
            _keyWithTime = new byte[length * 2];
        }

        _line.Key.CopyTo(_keyWithTime);
        BitConverter.TryWriteBytes(_keyWithTime.AsSpan(_line.Key.Length), period);
        return _keyWithTime.AsSpan(0, length);
    }

    // HashCode is seeded anew in each process: nobody can make names that meet in one bucket.
    private sealed class KeyComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
