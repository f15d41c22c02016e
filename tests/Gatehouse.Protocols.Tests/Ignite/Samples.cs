using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using static Gatehouse.Protocols.Tests.Ignite.Pack;

namespace Gatehouse.Protocols.Tests.Ignite;

/// <summary>A request of every operation, as it is under given features. Table 1042, request 77, transaction 5 where there is one.</summary>
internal static class Samples
{
    public const string Job = "00112233-4455-6677-8899-aabbccddeeff";
    public const IgniteFeatures Net31 = IgniteFeatures.UserAttributes | IgniteFeatures.QualifiedNames | IgniteFeatures.PlatformJob
        | IgniteFeatures.PlatformExecutor | IgniteFeatures.ReceiverOptions;

    public const IgniteFeatures Net32 = Net31 | IgniteFeatures.SqlPartitionAwareness | IgniteFeatures.ComputeObservableTimestamp
        | IgniteFeatures.SqlTableName | IgniteFeatures.UpdateCounters;

    public static readonly byte[] Row = [.. Bits(0), .. B(Tuple([1], [2, 0]))];
    public static readonly byte[] Receiver = Tuple([.. "org.acme.Receiver"u8], [3], []);
    public static readonly byte[] Arguments = [.. N(1), .. B(Tuple([3], [], [42]))];
    public static readonly byte[] Units = [.. N(1), .. S("unit"), .. S("1.0.0")];

    public static IgniteFeatures[] Masks { get; } =
        [IgniteFeatures.None, Net31, Net32, IgniteFeatures.MultiStatement, IgniteFeatures.ComputeTaskId, IgniteFeatures.Known];

    /// <summary>Operations whose last operands are walked over, or may be missing: a cut may leave a whole request.</summary>
    public static bool MayBeCut(int opcode) => opcode is 1 or 34 or 35 or 36 or 37 or 43 or 46 or 58 or 65;

    public static byte[] Request(int opcode, IgniteFeatures features) => [.. N(opcode), .. N(77), .. Operands(opcode, features)];

    public static byte[] Operands(int opcode, IgniteFeatures features)
    {
        byte[] table = N(1042);
        byte[] tx = N(5);
        return opcode switch
        {
            1 or 3 or 48 or 71 => [],
            4 => S("orders"),
            72 => [.. S("PUBLIC"), .. S("orders")],
            5 => [.. table, .. N(2), .. N(1), .. N(2)],
            24 => [.. table, .. tx, .. N(1), .. Row, .. Row],
            13 or 15 or 20 or 29 or 31 or 67 => [.. table, .. tx, .. N(1), .. N(2), .. Row, .. Row],
            >= 10 and <= 33 => [.. table, .. tx, .. N(1), .. Row],
            62 => [.. table, .. N(3), .. Bits(1), .. N(1), .. N(2), .. Row, .. Row],
            34 => [.. N(9), .. True, .. N(1), .. S("PUBLIC"), .. N(100), .. N(0), .. S("SELECT 1"), .. False, .. Arguments, .. N(0), .. N(4), .. N(0)],
            36 => [.. N(9), .. True, .. Nil, .. N(2), .. S("INSERT 1"), .. S("INSERT 2"), .. N(0), .. N(4)],
            46 => [.. N(9), .. True, .. S("PUBLIC"), .. S("INSERT ?"), .. N(2), .. Arguments, .. Nil, .. N(0), .. N(4)],
            35 or 58 => [.. N(9), .. N(1024)],
            37 => [.. N(9), .. True],
            51 or 52 or 74 => N(9),
            38 => [.. S("PUBLIC"), .. Nil, .. N(2), .. S("TABLE"), .. S("VIEW")],
            39 => [.. S("PUBLIC"), .. S("%"), .. Nil],
            40 => S("%"),
            41 => [.. S("PUBLIC"), .. S("ORDERS")],
            43 => [.. True, .. N(0), .. N(116_000_000_000_000_000)],
            44 or 45 => tx,
            55 => [.. N(9), .. True],
            54 => S("Europe/Berlin"),
            59 or 60 => G(Job),
            61 => [.. G(Job), .. N(-1)],
            53 => [.. table, .. N(0)],
            65 => [.. table, .. N(0)],
            68 => [.. N(9), .. N(4)],
            70 => N(76),
            _ => Long(opcode, features, table, tx),
        };
    }

    /// <summary>A handshake's payload.</summary>
    public static byte[] Handshake(byte[] features, params (string Key, string Value)[] extensions) =>
        [3, 0, 0, 2, .. B(features), .. N(extensions.Length), .. extensions.SelectMany(static e => (byte[])[.. S(e.Key), .. S(e.Value)])];

    /// <summary>What a node of 3.1.0 answers.</summary>
    public static byte[] Answer(byte[] features, params byte[] extensions) =>
    [
        3, 0, 0, .. Nil, .. N(0), .. G(Job), .. S("node-1"), .. N(2), .. G(Job), .. G(Job), .. S("cluster"), .. N(116_000_000_000_000_000),
        3, 1, 0, .. Nil, .. Nil, .. B(features), .. extensions.Length == 0 ? N(0) : extensions,
    ];

    private static byte[] Long(int opcode, IgniteFeatures features, byte[] table, byte[] tx)
    {
        byte[] modifiers = Has(IgniteFeatures.MultiStatement) ? N(31) : [];
        byte[] last = Has(IgniteFeatures.SqlPartitionAwareness) ? True : [];
        byte[] properties = [.. S("SALES"), .. N(512), .. N(30_000), .. Nil, .. S("UTC"), .. N(0), .. B()];
        byte[] executor = Has(IgniteFeatures.PlatformJob) ? N(1) : [];
        byte[] time = Has(IgniteFeatures.ComputeObservableTimestamp) ? N(12_345_678_901) : [];
        byte[] task = Has(IgniteFeatures.ComputeTaskId) ? G(Job) : [];
        byte[] options = Has(IgniteFeatures.ReceiverOptions) ? [.. N(1), .. N(2), .. N(0)] : [];
        byte[] job = [.. Units, .. S("org.acme.Job"), .. N(0), .. N(3), .. executor, .. time, .. N(2), .. B(1, 2, 3), .. task];
        return opcode switch
        {
            47 => [.. N(2), .. S("node-1"), .. S("node-2"), .. job],
            49 => [.. table, .. N(1), .. Row, .. job],
            69 => [.. table, .. N(3), .. job],
            64 => [.. Nil, .. S("org.acme.Task"), .. time, .. Nil],
            66 => [.. table, .. N(3), .. Units, .. True, .. N(3), .. B(Receiver), .. options],
            50 => [.. tx, .. properties, .. modifiers, .. S("SELECT * FROM orders"), .. Arguments, .. N(0), .. last],
            56 => [.. properties, .. S("SELECT 1; SELECT 2"), .. Nil, .. N(0)],
            57 => [.. Nil, .. S("PUBLIC"), .. S("SELECT 1")],
            63 => [.. Nil, .. properties, .. S("INSERT ?"), .. N(1), .. N(2), .. False, .. B(1), .. B(2), .. N(0)],
            _ => throw new ArgumentOutOfRangeException(nameof(opcode), opcode, "no sample"),
        };

        bool Has(IgniteFeatures feature) => (features & feature) != IgniteFeatures.None;
    }
}
