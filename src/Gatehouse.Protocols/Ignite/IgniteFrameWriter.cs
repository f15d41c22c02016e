using System.Buffers;
using System.Buffers.Binary;
using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite;

/// <summary>Writes one frame in place, so that no copy of a secret stays behind.</summary>
internal ref struct IgniteFrameWriter
{
    /// <summary>The payload's values.</summary>
    public MessagePackWriter Values;

    private readonly Span<byte> _frame;
    private readonly int _head;

    /// <summary>Gets room.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="measured">Most bytes of the payload.</param>
    /// <param name="withMagic">Whether it is the first of its direction.</param>
    public IgniteFrameWriter(IBufferWriter<byte> to, int measured, bool withMagic)
    {
        _head = withMagic ? 8 : 4;
        _frame = to.GetSpan(checked(_head + measured));
        if (withMagic)
        {
            IgniteFrame.Magic.CopyTo(_frame);
        }

        Values = new MessagePackWriter(_frame[_head..]);
    }

    /// <summary>Writes the length and hands the frame over.</summary>
    public readonly void End(IBufferWriter<byte> to)
    {
        BinaryPrimitives.WriteInt32BigEndian(_frame[(_head - 4)..], Values.Position);
        to.Advance(_head + Values.Position);
    }
}
