using System.Buffers;
using System.Collections.Concurrent;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>Blocks of 4 KiB for the HTTP server, rented again and again; a bounded number is kept.</summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    private const int BlockLength = 4096;
    private const int KeepAtMost = 1024;

    private readonly ConcurrentQueue<Block> _free = new();
    private int _kept;

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockLength;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockLength);
        if (!_free.TryDequeue(out Block? block))
        {
            return new Block(this);
        }

        Interlocked.Decrement(ref _kept);
        block.Lend();
        return block;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _free.Clear();

    private void TakeBack(Block block)
    {
        if (Interlocked.Increment(ref _kept) <= KeepAtMost)
        {
            _free.Enqueue(block);
        }
        else
        {
            Interlocked.Decrement(ref _kept);
        }
    }

    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockLength);
        private int _isLent = 1;

        public Memory<byte> Memory => _bytes;

        public void Lend() => Volatile.Write(ref _isLent, 1);

        // Twice must not put it into the pool twice: two connections would write to it.
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLent, 0) == 1)
            {
                pool.TakeBack(this);
            }
        }
    }
}
