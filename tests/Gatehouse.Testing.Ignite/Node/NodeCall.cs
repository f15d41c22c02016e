using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node;

/// <summary>One request that is being done.</summary>
internal sealed record NodeCall(NodeConnection Connection, RecordedCall Record, PackReader Operands)
{
    public StandInNode Node => Connection.Node;

    public FeatureSet Features => Record.Features;

    public string User => Record.User;

    /// <summary>What follows the answer (or precedes it, where that was planned): a notification.</summary>
    public Func<Task>? After { get; set; }

    public RecordedStatement Note(string sql, string? schema, byte? modifiers = null)
    {
        var statement = new RecordedStatement(Record.Opcode, sql, schema, User, modifiers);
        Node.Add(statement);
        return statement;
    }
}
