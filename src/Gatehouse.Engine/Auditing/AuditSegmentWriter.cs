using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>
/// The chained end of the trail and the file it goes to. Chaining never fails; writing may, and then the same bytes are
/// written at the same place again: everything since the last successful sync is kept in memory, because after a failed sync
/// the kernel may have thrown it away. One thread.
/// </summary>
internal sealed class AuditSegmentWriter : IDisposable
{
    private const int KeepBuffer = 8 * 1024 * 1024;

    private readonly IAuditFiles _files;
    private readonly IAuditSigner _signer;
    private readonly TimeProvider _time;
    private readonly string _node;
    private readonly AuditChain _chain;
    private IAuditFile? _file;
    private byte[] _pending = new byte[512 * 1024];
    private int _length;
    private int _written;
    private long _durable;
    private int _number;
    private string? _previousSegment;
    private string? _previousHead;
    private DateTimeOffset _earliest;
    private AuditAnchor? _lastSeal;

    public AuditSegmentWriter(IAuditFiles files, IAuditSigner signer, TimeProvider time, string node, AuditResume resume)
    {
        _files = files;
        _signer = signer;
        _time = time;
        _node = node;
        _number = resume.SegmentNumber;
        _chain = new AuditChain(resume.Sequence, resume.Head);
        Begin(resume.PreviousSegment, resume.Anomaly);
    }

    /// <summary>Number of the segment in use; read by any thread.</summary>
    public int Number => Volatile.Read(ref _number);

    /// <summary>Name of the segment in use.</summary>
    public string Name { get; private set; } = "";

    /// <summary>When it was started.</summary>
    public DateTimeOffset Started { get; private set; }

    /// <summary>Its length, with what is not yet on disk.</summary>
    public long Length => _durable + _length;

    /// <summary>Records since the last signed one.</summary>
    public int Unsigned { get; private set; }

    /// <summary>Whether something is not on disk yet.</summary>
    public bool HasPending => _length > 0;

    /// <summary>Whether the segment has had its last record.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The newest signed head that is on disk.</summary>
    public AuditAnchor? DurableSeal { get; private set; }

    /// <summary>Chains one formatted body.</summary>
    public void Append(ReadOnlySpan<byte> body, long ticks)
    {
        Span<byte> line = Room(body.Length + AuditChain.MaxSuffix);
        body.CopyTo(line);
        _length += _chain.Append(line, body.Length);
        _earliest = ticks < _earliest.UtcTicks ? new DateTimeOffset(ticks, TimeSpan.Zero) : _earliest;
        if (++Unsigned == AuditVerifier.MaxUnsigned)
        {
            Checkpoint();
        }
    }

    /// <summary>Chains an event of the trail's own.</summary>
    public void Append(AuditEvent record)
    {
        byte[] body = new byte[AuditRecordWriter.MaxBody];
        int length = AuditRecordWriter.Format(record, body);
        Append(body.AsSpan(0, length), record.Time.UtcTicks);
    }

    /// <summary>Chains a checkpoint.</summary>
    public void Checkpoint()
    {
        Span<byte> line = Room(AuditSeals.MaxBody + AuditChain.MaxSeal);
        Seal(line, AuditSeals.FormatCheckpoint(line, _time.GetUtcNow(), Link(), null));
    }

    /// <summary>Chains the segment's last record; nothing may be chained until <see cref="Next"/>.</summary>
    public void Close()
    {
        Span<byte> line = Room(AuditSeals.MaxBody + AuditChain.MaxSeal);
        Seal(line, AuditSeals.FormatCheckpoint(line, _time.GetUtcNow(), Link(), _earliest));
        IsClosed = true;
    }

    /// <summary>Behind a closed and synced segment: starts the next one.</summary>
    public void Next(string? anomaly = null)
    {
        _file?.Dispose();
        _file = null;
        string previous = Name;
        Volatile.Write(ref _number, _number + 1);
        Begin(previous, anomaly);
    }

    /// <summary>Gives what was chained to the file.</summary>
    public void Write()
    {
        _file ??= _files.Create(Name);
        if (_written < _length)
        {
            if (IsShortened())
            {
                // Writing on would leave a hole of zeros where records were.
                throw new IOException($"the segment {Name} was cut from outside");
            }

            _file.Write(_durable + _written, _pending.AsSpan(_written, _length - _written));
            _written = _length;
        }
    }

    /// <summary>As <see cref="Write"/>, and returns when it is on disk.</summary>
    public void Sync()
    {
        Write();
        if (_length == 0)
        {
            return;
        }

        _file?.Sync();
        _durable += _length;
        _length = 0;
        _written = 0;
        DurableSeal = _lastSeal;
        if (_pending.Length > KeepBuffer)
        {
            _pending = new byte[KeepBuffer / 8];
        }
    }

    /// <summary>After an error: all that is not known to be on disk will be written again.</summary>
    public void Rewind() => _written = 0;

    /// <summary>Whether the file under the segment's name is still the one that was synced.</summary>
    public bool IsInPlace() => _file is null || _files.LengthOf(Name) == _file.Length;

    /// <summary>
    /// Puts a segment that was deleted or replaced under its name back from the open handle. False where the file itself
    /// was shortened: then nothing can bring it back, and a new segment must say so.
    /// </summary>
    public bool TryRestore()
    {
        if (_file is null || _file.Length < _durable)
        {
            return false;
        }

        IAuditFile copy = _files.Create(Name);
        try
        {
            byte[] buffer = new byte[64 * 1024];
            for (long at = 0; at < _durable;)
            {
                int read = _file.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, _durable - at)));
                if (read == 0)
                {
                    throw new IOException("the deleted segment ended before its end");
                }

                copy.Write(at, buffer.AsSpan(0, read));
                at += read;
            }

            copy.Sync();
        }
        catch
        {
            copy.Dispose();
            throw;
        }

        _file.Dispose();
        _file = copy;
        Rewind();
        return true;
    }

    /// <summary>Whether the open file has lost what was synced.</summary>
    public bool IsShortened() => _file is not null && _file.Length < _durable;

    /// <summary>
    /// Ends a file that was shortened from outside: what is not on disk yet goes behind whatever is left of it, on a line of
    /// its own. Verification will find the gap; the records behind it can still be read.
    /// </summary>
    public void Abandon()
    {
        if (_file is not null && _length > 0)
        {
            long end = _file.Length;
            _file.Write(end, "\n"u8);
            _file.Write(end + 1, _pending.AsSpan(0, _length));
            _file.Sync();
        }

        _length = 0;
        _written = 0;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _chain.Dispose();
    }

    private void Begin(string? previousSegment, string? anomaly)
    {
        Name = SegmentName.Of(_number);
        Started = _time.GetUtcNow();
        _earliest = Started;
        _previousSegment = previousSegment;
        _previousHead = previousSegment is null ? null : _chain.HeadText;
        _durable = 0;
        IsClosed = false;
        Span<byte> line = Room(AuditSeals.MaxBody + AuditChain.MaxSeal);
        Seal(line, AuditSeals.FormatStart(line, Started, _node, _signer.PublicKey.Span, Link(), anomaly));
    }

    private void Seal(Span<byte> line, int body)
    {
        _length += _chain.Seal(line, body, _signer);
        _lastSeal = new AuditAnchor(Name, _chain.Sequence, _chain.HeadText);
        Unsigned = 0;
    }

    private AuditLink Link() => new(Name, _previousSegment, _previousHead);

    private Span<byte> Room(int bytes)
    {
        if (_pending.Length - _length < bytes)
        {
            Array.Resize(ref _pending, Math.Max(_length + bytes, _pending.Length * 2));
        }

        return _pending.AsSpan(_length);
    }
}
