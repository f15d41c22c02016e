using System.Runtime.InteropServices;

namespace Gatehouse.Protocols.Json;

/// <summary>
/// The member names of the objects that are open, to find duplicates. Small objects are compared name by name, larger ones
/// through a table under the runtime's per-process random key, so that nobody can prepare colliding names.
/// </summary>
internal sealed class JsonNames
{
    private const int SmallObject = 12;
    private const int KeptSlots = 8192;

    private Name[] _names = new Name[32];
    private Slot[] _slots = [];
    private byte[] _unescaped = new byte[256];
    private int _nameCount;
    private int _unescapedCount;
    private int _slotCount;

    /// <summary>Where an object's names begin; kept by the caller while it is open.</summary>
    public readonly record struct Mark(int Names, int Unescaped);

    /// <summary>Forgets everything of the previous text.</summary>
    public void Reset()
    {
        _nameCount = 0;
        _unescapedCount = 0;
        if (_slotCount == 0)
        {
            return;
        }

        _slotCount = 0;
        if (_slots.Length > KeptSlots)
        {
            _slots = [];
        }
        else
        {
            Array.Clear(_slots);
        }
    }

    public Mark Open() => new(_nameCount, _unescapedCount);

    public void Close(Mark mark)
    {
        _nameCount = mark.Names;
        _unescapedCount = mark.Unescaped;
    }

    /// <summary>
    /// Adds a name, as written between the quotes, to the object numbered <paramref name="container"/> (unique in one text).
    /// False when it is there already.
    /// </summary>
    public bool TryAdd(
        ReadOnlySpan<byte> text, Mark mark, int container, (int Offset, int Length, bool Escaped) written,
        out ReadOnlySpan<byte> unescaped)
    {
        Name name = new(written.Offset, written.Length, IsOwn: false);
        if (written.Escaped)
        {
            name = Unescape(text.Slice(written.Offset, written.Length));
        }

        unescaped = Bytes(text, name);
        int known = _nameCount - mark.Names;
        if (known < SmallObject)
        {
            for (int i = mark.Names; i < _nameCount; i++)
            {
                if (Bytes(text, _names[i]).SequenceEqual(unescaped))
                {
                    return false;
                }
            }
        }
        else
        {
            for (int i = mark.Names; known == SmallObject && i < _nameCount; i++)
            {
                Insert(text, container, _names[i]);
            }

            if (!Insert(text, container, name))
            {
                return false;
            }
        }

        if (_nameCount == _names.Length)
        {
            Array.Resize(ref _names, _nameCount * 2);
        }

        _names[_nameCount++] = name;
        return true;
    }

    private Name Unescape(ReadOnlySpan<byte> written)
    {
        if (_unescapedCount + written.Length > _unescaped.Length)
        {
            Array.Resize(ref _unescaped, Math.Max(_unescaped.Length * 2, _unescapedCount + written.Length));
        }

        int length = JsonText.Unescape(written, _unescaped.AsSpan(_unescapedCount));
        Name name = new(_unescapedCount, length, IsOwn: true);
        _unescapedCount += length;
        return name;
    }

    // Slots of closed objects stay until the next text; their container number keeps them from being taken for an open one's.
    private bool Insert(ReadOnlySpan<byte> text, int container, Name name)
    {
        if (_slotCount * 2 >= _slots.Length)
        {
            GrowSlots();
        }

        ReadOnlySpan<byte> bytes = Bytes(text, name);
        uint hash = Hash(bytes, container);
        uint at = hash & (uint)(_slots.Length - 1);
        while (_slots[at].Container != 0)
        {
            ref readonly Slot slot = ref _slots[at];
            if (slot.Hash == hash && slot.Container == container && Bytes(text, slot.Name).SequenceEqual(bytes))
            {
                return false;
            }

            at = (at + 1) & (uint)(_slots.Length - 1);
        }

        _slots[at] = new Slot(container, hash, name);
        _slotCount++;
        return true;
    }

    private void GrowSlots()
    {
        Slot[] old = _slots;
        _slots = new Slot[Math.Max(64, old.Length * 2)];
        foreach (Slot slot in old)
        {
            if (slot.Container != 0)
            {
                uint at = slot.Hash & (uint)(_slots.Length - 1);
                while (_slots[at].Container != 0)
                {
                    at = (at + 1) & (uint)(_slots.Length - 1);
                }

                _slots[at] = slot;
            }
        }
    }

    private ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> text, Name name) =>
        name.IsOwn ? _unescaped.AsSpan(name.Offset, name.Length) : text.Slice(name.Offset, name.Length);

    // string.GetHashCode is Marvin under a random key of the process; an odd last byte is mixed in after it.
    private static uint Hash(ReadOnlySpan<byte> bytes, int container)
    {
        uint hash = (uint)string.GetHashCode(MemoryMarshal.Cast<byte, char>(bytes));
        uint tail = bytes.Length % 2 == 0 ? 0u : bytes[^1] + 1u;
        return hash + ((uint)container * 0x9E3779B1u) + (tail * 0x85EBCA6Bu);
    }

    private readonly record struct Name(int Offset, int Length, bool IsOwn);

    private readonly record struct Slot(int Container, uint Hash, Name Name);
}
