using System.Net;
using Gatehouse.Problems;

namespace Gatehouse.Network;

/// <summary>Compiled address rules: the most specific rule wins, deny on a tie, deny by default once an allow rule exists. Immutable.</summary>
public sealed class AddressFilter
{
    /// <summary>A filter without rules: lets everything in.</summary>
    public static AddressFilter Open { get; } = new();

    /// <summary>Compiles rules (those of one gate and the global ones together).</summary>
    public static AddressFilter? Compile(IEnumerable<AddressRule> rules, ICollection<Problem> problems) => throw new NotSupportedException();

    /// <summary>Decides an address; IPv4-mapped IPv6 counts as IPv4. No allocation.</summary>
    public AddressVerdict Decide(IPAddress address) => throw new NotSupportedException();
}

/// <summary>What the filter says.</summary>
/// <param name="IsAllowed">Whether the connection may go on.</param>
/// <param name="Rule">The rule that decided, or null where the default did.</param>
public readonly record struct AddressVerdict(bool IsAllowed, AddressRule? Rule);
