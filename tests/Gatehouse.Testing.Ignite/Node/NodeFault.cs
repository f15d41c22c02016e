using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node;

/// <summary>What goes wrong.</summary>
public enum NodeFaultKind
{
    /// <summary>The request is recorded and done; its answer never comes.</summary>
    Silent,

    /// <summary>The connection is closed in place of an answer; nothing is done.</summary>
    Close,

    /// <summary>The connection is closed behind the answer.</summary>
    CloseAfterAnswer,

    /// <summary>Half of the answer's frame, then the connection is closed.</summary>
    CloseInAnswer,

    /// <summary>The answer comes after <see cref="NodeFault.Delay"/>; requests behind it are answered meanwhile.</summary>
    Slow,

    /// <summary>The answer comes behind the next answer.</summary>
    HoldUntilNext,

    /// <summary>An operation of the server (flag 8) comes before the answer.</summary>
    ServerOperation,

    /// <summary>A frame that is no answer: <see cref="NodeFault.Bytes"/>, or c1 c1 c1.</summary>
    Malformed,

    /// <summary>Four bytes that announce a frame of <see cref="NodeFault.Size"/> bytes, of which none come.</summary>
    Huge,

    /// <summary>An answer whose payload is followed by so many zero bytes that the frame has <see cref="NodeFault.Size"/> bytes.</summary>
    Large,

    /// <summary>Flag 1 with its timestamp.</summary>
    PartitionFlag,

    /// <summary>An error of the code <see cref="NodeFault.Code"/> in place of doing it.</summary>
    Error,

    /// <summary>The job's notification comes before the answer.</summary>
    NotifyFirst,

    /// <summary>The answer comes twice.</summary>
    Twice,

    /// <summary>The answer has an id that nobody asked with.</summary>
    WrongId,
}

/// <summary>Something that goes wrong once.</summary>
/// <param name="Kind">What.</param>
/// <param name="Size">Bytes, where it has a size.</param>
/// <param name="Code">The code of an error.</param>
/// <param name="Bytes">A payload.</param>
public sealed record NodeFault(NodeFaultKind Kind, int Size = 0, int Code = 196609, byte[]? Bytes = null)
{
    /// <summary>How late a slow answer is.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>So many requests that fit go well first.</summary>
    public int After { get; init; }
}

/// <summary>What is planned to go wrong.</summary>
public sealed class NodeFaults
{
    private readonly Lock _gate = new();
    private readonly List<(Op Op, NodeFault Fault)> _planned = [];

    /// <summary>Plans a fault for the next request of this operation; <see cref="Op.Any"/> and <see cref="Op.Handshake"/> are possible.</summary>
    public void Plan(Op op, NodeFault fault)
    {
        lock (_gate)
        {
            _planned.Add((op, fault));
        }
    }

    /// <summary>The same with a kind that needs nothing more.</summary>
    public void Plan(Op op, NodeFaultKind kind) => Plan(op, new NodeFault(kind));

    /// <summary>Nothing goes wrong any more.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _planned.Clear();
        }
    }

    internal NodeFault? Take(Op op)
    {
        lock (_gate)
        {
            int at = _planned.FindIndex(p => p.Op == op || (p.Op == Op.Any && op != Op.Handshake));
            if (at < 0)
            {
                return null;
            }

            (Op planned, NodeFault fault) = _planned[at];
            if (fault.After > 0)
            {
                _planned[at] = (planned, fault with { After = fault.After - 1 });
                return null;
            }

            _planned.RemoveAt(at);
            return fault;
        }
    }
}
