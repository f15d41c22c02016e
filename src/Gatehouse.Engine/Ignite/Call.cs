using System.Collections.Frozen;
using System.Globalization;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Operations;
using Gatehouse.Protocols.Ignite.Calls;

namespace Gatehouse.Engine.Ignite;

/// <summary>One request of a connection from its reading to its answer. Used again and again.</summary>
internal sealed class Call
{
    /// <summary>What it wants; empty where it only goes on with what was opened before.</summary>
    public OperationSet Operations { get; } = new();

    /// <summary>The client's number for it.</summary>
    public long Id { get; set; }

    /// <summary>What it is.</summary>
    public int Opcode { get; set; }

    /// <summary>Its place in the trail, where it gets a record.</summary>
    public AuditSlot Slot { get; set; }

    /// <summary>The record, filled in at the decision.</summary>
    public AuditEvent Record { get; } = new();

    /// <summary>When it came.</summary>
    public DateTimeOffset Began { get; set; }

    /// <summary>Whether a record is written with its answer.</summary>
    public bool HasRecord => Slot.IsValid;

    /// <summary>Empties it.</summary>
    public void Reset()
    {
        Operations.Clear();
        Record.Reset();
        Id = 0;
        Opcode = 0;
        Slot = default;
        Began = default;
    }
}

/// <summary>Names of opcodes for people: <c>TUPLE_UPSERT</c>.</summary>
internal static class OpNames
{
    private static readonly FrozenDictionary<int, string> Names = IgniteOperation.All.ToFrozenDictionary(static o => o.Code, static o => o.Name);

    /// <summary>The name, or the number where it has none.</summary>
    public static string Of(int opcode) => Names.GetValueOrDefault(opcode) ?? opcode.ToString(CultureInfo.InvariantCulture);
}
