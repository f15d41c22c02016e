namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>A deployment unit that a job names.</summary>
/// <param name="Name">Its id.</param>
/// <param name="Version">Its version, <c>latest</c> too.</param>
public readonly record struct IgniteUnit(string Name, string Version);

/// <summary>The code that a request runs on nodes.</summary>
public sealed class IgniteComputeCall
{
    /// <summary>The argument type that the job itself reads: with a marshaller of its own perhaps Java's deserialization.</summary>
    public const int CustomMarshalled = 2;

    internal IgniteComputeCall()
    {
    }

    /// <summary>The class: of Java, or an assembly-qualified name of .NET.</summary>
    public string ClassName { get; internal init; } = "";

    /// <summary>The deployment units it is looked for in.</summary>
    public IReadOnlyList<IgniteUnit> Units { get; internal init; } = [];

    /// <summary>Operation 47: the nodes to choose from.</summary>
    public IReadOnlyList<string> Nodes { get; internal init; } = [];

    /// <summary>
    /// The argument's type, null for no argument: 0 native, 1 tuple, 2 custom marshalled, 3 plain object, 4 tuple collection. A
    /// receiver's is null: its argument is among the rows.
    /// </summary>
    public int? ArgumentType { get; internal init; }

    /// <summary>Whether it is a streamer's receiver.</summary>
    public bool IsReceiver { get; internal init; }

    /// <summary>Who runs it, null where it is not said: 0 the node, 1 the .NET sidecar.</summary>
    public int? Executor { get; internal init; }
}
