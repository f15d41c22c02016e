using System.Buffers.Binary;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>
/// Properties with some left out and some numbers put in: what was there keeps its place and order, what was not is appended.
/// At most once for each identifier. Made on the stack, run once for the length and once for the bytes.
/// </summary>
internal ref struct MqttPropertyEdit(ReadOnlySpan<byte> raw)
{
    private readonly MqttProperties _properties = new(raw);
    private Numbers _numbers;
    private ulong _removed;
    private ulong _set;

    /// <summary>Leaves a property out.</summary>
    public void Remove(MqttPropertyId id) => _removed |= 1UL << (int)id;

    /// <summary>Puts a number in, or leaves what is there where it is null.</summary>
    public void Set(MqttPropertyId id, uint? number)
    {
        if (number is { } value)
        {
            _set |= 1UL << (int)id;
            _numbers[(int)id] = value;
        }
    }

    /// <summary>Length in bytes of what <see cref="Write"/> writes.</summary>
    public readonly int Length => Run(default, false);

    /// <summary>Writes the properties, without their length.</summary>
    public readonly int Write(Span<byte> to) => Run(to, true);

    private readonly int Run(Span<byte> to, bool writes)
    {
        int at = 0;
        ulong rest = _set;
        foreach (MqttProperty property in _properties)
        {
            ulong bit = 1UL << (int)property.Id;
            if ((_removed & bit) != 0)
            {
                continue;
            }

            if ((rest & bit) != 0)
            {
                rest &= ~bit;
                at += WriteNumber(to, at, property.Id, writes);
                continue;
            }

            if (writes)
            {
                property.Whole.CopyTo(to[at..]);
            }

            at += property.Whole.Length;
        }

        for (int id = 0; id < MqttPropertyTable.Count; id++)
        {
            at += (rest & (1UL << id)) != 0 ? WriteNumber(to, at, (MqttPropertyId)id, writes) : 0;
        }

        return at;
    }

    private readonly int WriteNumber(Span<byte> to, int at, MqttPropertyId id, bool writes)
    {
        MqttPropertyForm form = MqttPropertyTable.Form((byte)id);
        int length = form switch
        {
            MqttPropertyForm.One => 2,
            MqttPropertyForm.Two => 3,
            MqttPropertyForm.Four => 5,
            _ => throw new InvalidOperationException($"property {id} is no number"),
        };
        if (writes)
        {
            uint number = _numbers[(int)id];
            to[at] = (byte)id;
            switch (form)
            {
                case MqttPropertyForm.One:
                    to[at + 1] = (byte)number;
                    break;
                case MqttPropertyForm.Two:
                    BinaryPrimitives.WriteUInt16BigEndian(to[(at + 1)..], (ushort)number);
                    break;
                default:
                    BinaryPrimitives.WriteUInt32BigEndian(to[(at + 1)..], number);
                    break;
            }
        }

        return length;
    }

    [System.Runtime.CompilerServices.InlineArray(MqttPropertyTable.Count)]
    private struct Numbers
    {
        private uint _first;
    }
}
