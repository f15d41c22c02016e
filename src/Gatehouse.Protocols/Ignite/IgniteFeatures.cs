namespace Gatehouse.Protocols.Ignite;

/// <summary>
/// Features of the handshake that a gate lets through, by their bit. Operands of requests depend on those that both sides have.
/// These bits are always cleared, on the way to the node and back; clearing one is always safe, the sides do without:
/// <list type="bullet">
/// <item>2, 6, 7, 8, 10, 15 (direct mapping of transactions, delayed acknowledgements, piggyback, no-op enlistment, SQL in direct
/// transactions, flag of remote writes): a token of 0 lets a client act in any transaction whose UUID it knows, and a commit lists
/// tables of its own. Without them a token is one number that belongs to the connection.</item>
/// <item>17 (discard of a transaction): it names a transaction by UUID and tables by id.</item>
/// <item>all above 18: nobody knows what operands they add.</item>
/// </list>
/// </summary>
[Flags]
public enum IgniteFeatures
{
    /// <summary>None, as clients of 3.0 have it.</summary>
    None = 0,

    /// <summary>Attributes of the user.</summary>
    UserAttributes = 1 << 0,

    /// <summary>Tables are asked for by schema and name: operations 71 and 72.</summary>
    QualifiedNames = 1 << 1,

    /// <summary>A job names its executor.</summary>
    PlatformJob = 1 << 3,

    /// <summary>The client could be an executor.</summary>
    PlatformExecutor = 1 << 4,

    /// <summary>A streamer's receiver has priority, retries and executor.</summary>
    ReceiverOptions = 1 << 5,

    /// <summary>SQL asks for what partition awareness needs.</summary>
    SqlPartitionAwareness = 1 << 9,

    /// <summary>A job has the UUID of its task.</summary>
    ComputeTaskId = 1 << 11,

    /// <summary>Reads of many have options of their transaction.</summary>
    GetAllTxOptions = 1 << 12,

    /// <summary>SQL has a byte of modifiers, which the node enforces.</summary>
    MultiStatement = 1 << 13,

    /// <summary>A job's argument comes with a timestamp.</summary>
    ComputeObservableTimestamp = 1 << 14,

    /// <summary>Partition awareness of SQL has the table's name.</summary>
    SqlTableName = 1 << 16,

    /// <summary>Counters of a failed batch in their second form.</summary>
    UpdateCounters = 1 << 18,

    /// <summary>All that a gate lets through.</summary>
    Known = UserAttributes | QualifiedNames | PlatformJob | PlatformExecutor | ReceiverOptions | SqlPartitionAwareness | ComputeTaskId
        | GetAllTxOptions | MultiStatement | ComputeObservableTimestamp | SqlTableName | UpdateCounters,
}

/// <summary>Features as bits on the wire: the lowest bit of the first byte is feature 0.</summary>
public static class IgniteFeatureMask
{
    /// <summary>The known features among bits; all others are cleared.</summary>
    public static IgniteFeatures Read(ReadOnlySpan<byte> bits)
    {
        int mask = 0;
        for (int i = 0; i < bits.Length && i < 3; i++)
        {
            mask |= bits[i] << (8 * i);
        }

        return (IgniteFeatures)mask & IgniteFeatures.Known;
    }

    /// <summary>The bits of the known features, without zeros at the end.</summary>
    public static byte[] ToBytes(IgniteFeatures features)
    {
        int mask = (int)(features & IgniteFeatures.Known);
        byte[] bits = [(byte)mask, (byte)(mask >> 8), (byte)(mask >> 16)];
        return [.. bits.AsSpan().TrimEnd((byte)0)];
    }

    /// <summary>The numbers of the bits with commas, empty without any.</summary>
    public static string Text(IgniteFeatures features) =>
        string.Join(',', Enumerable.Range(0, 31).Where(i => ((int)features & (1 << i)) != 0));
}
