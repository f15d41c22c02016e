namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>An operation of the thin client protocol.</summary>
/// <param name="Code">Its code on the wire.</param>
/// <param name="Name">Its name.</param>
/// <param name="Privilege">What it needs.</param>
/// <param name="Since">The first product that has it: 3.0, 3.1 or 3.2.</param>
public sealed record IgniteOperation(int Code, string Name, IgnitePrivilege Privilege, string Since)
{
    /// <summary>All, by code. What is not here is refused, 1000 to 2000 above all: they belong to vendors' extensions.</summary>
    public static IReadOnlyList<IgniteOperation> All { get; } = IgniteOperations.Table;

    private static readonly IgniteOperation?[] ByCode = Index();

    /// <summary>The operation of a code, null if there is none.</summary>
    public static IgniteOperation? Find(int code) => (uint)code < (uint)ByCode.Length ? ByCode[code] : null;

    private static IgniteOperation?[] Index()
    {
        var index = new IgniteOperation?[All.Max(static o => o.Code) + 1];
        foreach (IgniteOperation operation in All)
        {
            index[operation.Code] = operation;
        }

        return index;
    }
}
