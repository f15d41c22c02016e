using System.Runtime.CompilerServices;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>A frame's header as it came, or why none came.</summary>
/// <param name="Type">Its kind; <see cref="MeshFrameType.None"/>: the other side ended, or what came is no frame.</param>
/// <param name="Length">Bytes of its content.</param>
/// <param name="IsEnd">Whether the other side ended in order, between frames.</param>
internal readonly record struct Frame(MeshFrameType Type, int Length, bool IsEnd = false);

/// <summary>Reads frames off a tunnel's clear text. One call at a time; what a call gives is good until the next.</summary>
internal sealed class FrameReader(Stream clear)
{
    private const int SmallLength = 2048;
    private const int LargeLength = 64 * 1024;
    private const int SmallReads = 16;

    private byte[] _buffer = new byte[SmallLength];
    private int _start;
    private int _end;
    private int _left;
    private int _smallReads;

    /// <summary>The next frame; the content of the one before must have been read.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Frame> NextAsync()
    {
        while (_end - _start < MeshFrame.HeaderSize)
        {
            bool isBetween = _end == _start;
            if (!await FillAsync())
            {
                return new Frame(MeshFrameType.None, 0, isBetween);
            }
        }

        if (!MeshFrame.TryReadHeader(_buffer.AsSpan(_start), out MeshFrameType type, out int length))
        {
            return default;
        }

        _start += MeshFrame.HeaderSize;
        _left = length;
        return new Frame(type, length);
    }

    /// <summary>Some bytes of a data frame; empty at its end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOnlyMemory<byte>> SomeAsync()
    {
        if (_left == 0)
        {
            return default;
        }

        if (_start == _end && !await FillAsync())
        {
            throw new EndOfStreamException("the tunnel ended within a frame");
        }

        int count = Math.Min(_left, _end - _start);
        ReadOnlyMemory<byte> some = _buffer.AsMemory(_start, count);
        _start += count;
        _left -= count;
        return some;
    }

    /// <summary>The whole content of a small frame.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> AllAsync()
    {
        while (_end - _start < _left)
        {
            if (!await FillAsync())
            {
                throw new EndOfStreamException("the tunnel ended within a frame");
            }
        }

        ReadOnlyMemory<byte> all = _buffer.AsMemory(_start, _left);
        _start += _left;
        _left = 0;
        return all;
    }

    private async ValueTask<bool> FillAsync()
    {
        MakeRoom();
        int room = _buffer.Length - _end;
        int count = await clear.ReadAsync(_buffer.AsMemory(_end));
        _end += count;
        if (count == room && _buffer.Length < LargeLength)
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>(LargeLength);
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            _end -= _start;
            _start = 0;
            _buffer = larger;
            _smallReads = 0;
        }

        return count > 0;
    }

    // Control frames fit the small buffer, so there is always room behind the rest of one.
    private void MakeRoom()
    {
        int held = _end - _start;
        if (held == 0)
        {
            _smallReads = _end <= SmallLength ? _smallReads + 1 : 0;
            _start = _end = 0;
            if (_buffer.Length > SmallLength && _smallReads >= SmallReads)
            {
                _buffer = new byte[SmallLength];
                _smallReads = 0;
            }
        }
        else if (_buffer.Length - _end < SmallLength / 2)
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
            _start = 0;
            _end = held;
        }
    }
}
