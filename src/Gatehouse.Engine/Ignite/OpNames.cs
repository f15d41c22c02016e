using System.Collections.Frozen;
using System.Globalization;
using Gatehouse.Protocols.Ignite.Calls;

namespace Gatehouse.Engine.Ignite;

/// <summary>Names of opcodes for people: <c>TUPLE_UPSERT</c>.</summary>
internal static class OpNames
{
    private static readonly FrozenDictionary<int, string> Names = IgniteOperation.All.ToFrozenDictionary(static o => o.Code, static o => o.Name);

    /// <summary>The name, or the number where it has none.</summary>
    public static string Of(int opcode) => Names.GetValueOrDefault(opcode) ?? opcode.ToString(CultureInfo.InvariantCulture);
}
