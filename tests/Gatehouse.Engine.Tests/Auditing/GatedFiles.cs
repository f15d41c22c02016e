using Gatehouse.Engine.Auditing;

namespace Gatehouse.Engine.Tests.Auditing;

/// <summary>A real folder whose writes and syncs can be held or failed.</summary>
internal sealed class GatedFiles(string directory) : IAuditFiles
{
    private readonly PhysicalAuditFiles _inner = new(directory);
    private readonly ManualResetEventSlim _gate = new(true);

    /// <summary>Set when a sync waits at the closed gate.</summary>
    public ManualResetEventSlim IsHeld { get; } = new(false);

    public volatile bool FailWrites;
    public volatile bool FailSyncs;
    public volatile int Syncs;

    public void Hold()
    {
        IsHeld.Reset();
        _gate.Reset();
    }

    public void Let() => _gate.Set();

    public void Prepare() => _inner.Prepare();

    public IReadOnlyList<string> Segments() => _inner.Segments();

    public Stream OpenRead(string name) => _inner.OpenRead(name);

    public IAuditFile Create(string name) => FailWrites ? throw new IOException("no room") : new GatedFile(this, _inner.Create(name));

    public void Truncate(string name, long length) => _inner.Truncate(name, length);

    public void Delete(string name) => _inner.Delete(name);

    public long LengthOf(string name) => _inner.LengthOf(name);

    public void Dispose() => _inner.Dispose();

    private sealed class GatedFile(GatedFiles owner, IAuditFile inner) : IAuditFile
    {
        public long Length => inner.Length;

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (owner.FailWrites)
            {
                // As a full disk does: a part arrives.
                inner.Write(offset, bytes[..(bytes.Length / 2)]);
                throw new IOException("no space left on device");
            }

            inner.Write(offset, bytes);
        }

        public int Read(long offset, Span<byte> bytes) => inner.Read(offset, bytes);

        public void Sync()
        {
            if (!owner._gate.IsSet)
            {
                owner.IsHeld.Set();
                owner._gate.Wait();
            }

            if (owner.FailSyncs)
            {
                throw new IOException("input/output error");
            }

            inner.Sync();
            Interlocked.Increment(ref owner.Syncs);
        }

        public void Dispose() => inner.Dispose();
    }
}
