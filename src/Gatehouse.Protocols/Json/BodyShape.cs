namespace Gatehouse.Protocols.Json;

/// <summary>What a catalogue endpoint expects of a JSON body: its closed list of members, and where resources lie in it.</summary>
internal sealed class BodyShape(bool isClosed)
{
    /// <summary>The node of the whole value.</summary>
    public ShapeNode Root { get; } = new() { IsRoot = true };

    /// <summary>Whether members that are not listed are refused.</summary>
    public bool IsClosed { get; } = isClosed;

    /// <summary>How many slots were given out.</summary>
    public int SlotCount { get; private set; }

    /// <summary>The node at a pointer, made where needed; null where object and array would both be expected.</summary>
    public ShapeNode? Node(JsonPointer pointer)
    {
        ShapeNode? node = Root;
        foreach (JsonPointer.Step step in pointer.Steps)
        {
            if (node is null)
            {
                break;
            }

            node = step.Name is null ? node.MakeElement() : node.MakeMember(step.Name);
        }

        return node;
    }

    /// <summary>A slot in which the presence of the node's value is counted.</summary>
    public int Presence(ShapeNode node) => node.PresenceSlot >= 0 ? node.PresenceSlot : node.PresenceSlot = SlotCount++;

    /// <summary>A slot in which the node's strings are captured.</summary>
    public int Leaf(ShapeNode node) => node.LeafSlot >= 0 ? node.LeafSlot : node.LeafSlot = SlotCount++;
}

/// <summary>One place in a body.</summary>
internal sealed class ShapeNode
{
    private (byte[] Name, ShapeNode Node)[] _members = [];

    public bool IsRoot { get; init; }

    /// <summary>The value may be a scalar.</summary>
    public bool IsListed { get; set; }

    /// <summary>Anything may stand below.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Captures strings, or -1. The value must be a string then.</summary>
    public int LeafSlot { get; set; } = -1;

    /// <summary>Counts values of any type, or -1.</summary>
    public int PresenceSlot { get; set; } = -1;

    /// <summary>The node of every element, where an array is expected.</summary>
    public ShapeNode? Element { get; private set; }

    public bool HasChildren => Element is not null || _members.Length > 0;

    public ShapeNode? Member(ReadOnlySpan<byte> name)
    {
        foreach ((byte[] Name, ShapeNode Node) member in _members)
        {
            if (name.SequenceEqual(member.Name))
            {
                return member.Node;
            }
        }

        return null;
    }

    public ShapeNode? MakeMember(byte[] name)
    {
        if (Element is not null)
        {
            return null;
        }

        ShapeNode? node = Member(name);
        if (node is null)
        {
            node = new ShapeNode();
            _members = [.. _members, (name, node)];
        }

        return node;
    }

    public ShapeNode? MakeElement() => _members.Length > 0 ? null : Element ??= new ShapeNode();

    /// <summary>
    /// Where children are expected a scalar would hide them from us while a lenient service might still find something to do:
    /// refused, also where other members are free.
    /// </summary>
    public bool AcceptsScalar(bool closed, bool isString)
    {
        if (LeafSlot >= 0)
        {
            return isString;
        }

        return IsListed || (!HasChildren && (IsOpen || !closed));
    }

    public bool AcceptsContainer(bool closed, bool isObject)
    {
        if (LeafSlot >= 0)
        {
            return false;
        }

        if (HasChildren)
        {
            return isObject == Element is null;
        }

        return IsOpen || !closed || (IsRoot && isObject);
    }
}
