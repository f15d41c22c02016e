namespace Gatehouse.Operations;

/// <summary>
/// What one request, packet or frame wants: operations in order, each with its resources as UTF-8. Reusable and owned by
/// one connection at a time; it grows to its high-water mark and then allocates no more. Not thread-safe.
/// </summary>
public sealed class OperationSet
{
    private const int FirstBytes = 64;
    private const int FirstCount = 2;

    private byte[] _bytes = [];
    private Resource[] _resources = [];
    private Entry[] _entries = [];
    private int _byteCount;
    private int _resourceCount;

    /// <summary>Number of operations.</summary>
    public int Count { get; private set; }

    /// <summary>Number of resources over all operations.</summary>
    public int ResourceCount => _resourceCount;

    /// <summary>The operation at <paramref name="index"/>; valid until the next change of the set.</summary>
    public OperationView this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return new OperationView(this, index);
        }
    }

    /// <summary>Empties the set and keeps its buffers.</summary>
    public void Clear()
    {
        _byteCount = 0;
        _resourceCount = 0;
        Count = 0;
    }

    /// <summary>Starts an operation; resources added next belong to it. One without resources acts on the system as a whole.</summary>
    public void Begin(SystemAction action)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(FirstCount, Count * 2));
        }

        _entries[Count++] = new Entry(action, _resourceCount);
    }

    /// <summary>Adds one resource name in the guarded system's own syntax, decoded once.</summary>
    public void AddResource(ReadOnlySpan<byte> utf8) => Add(utf8, ResourceScope.Exact);

    /// <summary>Adds "everything whose name starts with these bytes", as a range or list request means it.</summary>
    public void AddPrefix(ReadOnlySpan<byte> utf8) => Add(utf8, ResourceScope.Prefix);

    /// <summary>Adds "every topic that this MQTT filter matches", as a client subscribes.</summary>
    public void AddFilter(ReadOnlySpan<byte> utf8) => Add(utf8, ResourceScope.Filter);

    /// <summary>Takes over what another set holds.</summary>
    public void CopyFrom(OperationSet other)
    {
        Clear();
        AddFrom(other);
    }

    /// <summary>Adds what another set holds.</summary>
    public void AddFrom(OperationSet other)
    {
        for (int operation = 0; operation < other.Count; operation++)
        {
            Begin(other.ActionAt(operation));
            int first = other.FirstResourceAt(operation);
            for (int resource = first; resource < first + other.ResourceCountAt(operation); resource++)
            {
                Add(other.BytesAt(resource), other.ScopeAt(resource));
            }
        }
    }

    internal SystemAction ActionAt(int index) => _entries[index].Action;

    internal int FirstResourceAt(int index) => _entries[index].FirstResource;

    internal int ResourceCountAt(int index) =>
        (index + 1 < Count ? _entries[index + 1].FirstResource : _resourceCount) - _entries[index].FirstResource;

    internal ReadOnlySpan<byte> BytesAt(int resource) =>
        _bytes.AsSpan(_resources[resource].Offset, _resources[resource].Length);

    internal ResourceScope ScopeAt(int resource) => _resources[resource].Scope;

    private void Add(ReadOnlySpan<byte> utf8, ResourceScope scope)
    {
        if (Count == 0)
        {
            throw new InvalidOperationException("a resource needs an operation first");
        }

        if (_resourceCount == _resources.Length)
        {
            Array.Resize(ref _resources, Math.Max(FirstCount, _resourceCount * 2));
        }

        if (_byteCount + utf8.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(Math.Max(FirstBytes, _bytes.Length * 2), _byteCount + utf8.Length));
        }

        utf8.CopyTo(_bytes.AsSpan(_byteCount));
        _resources[_resourceCount++] = new Resource(_byteCount, utf8.Length, scope);
        _byteCount += utf8.Length;
    }

    private readonly record struct Entry(SystemAction Action, int FirstResource);

    private readonly record struct Resource(int Offset, int Length, ResourceScope Scope);
}

/// <summary>How much a requested resource covers.</summary>
public enum ResourceScope : byte
{
    /// <summary>The one name.</summary>
    Exact = 0,

    /// <summary>Every name that starts with it; allowed only where a grant covers all of them and no deny reaches any.</summary>
    Prefix = 1,

    /// <summary>Every topic that an MQTT filter matches; allowed only where one grant covers all of them and no deny reaches any.</summary>
    Filter = 2,
}

/// <summary>A view of one operation of a set.</summary>
public readonly ref struct OperationView
{
    private readonly OperationSet _set;
    private readonly int _index;

    internal OperationView(OperationSet set, int index)
    {
        _set = set;
        _index = index;
    }

    /// <summary>What is to be done.</summary>
    public SystemAction Action => _set.ActionAt(_index);

    /// <summary>How many resources it names; 0 means the system as a whole.</summary>
    public int ResourceCount => _set.ResourceCountAt(_index);

    /// <summary>The name of a resource, UTF-8.</summary>
    public ReadOnlySpan<byte> Resource(int resource) => _set.BytesAt(_set.FirstResourceAt(_index) + resource);

    /// <summary>How much that resource covers.</summary>
    public ResourceScope Scope(int resource) => _set.ScopeAt(_set.FirstResourceAt(_index) + resource);
}
