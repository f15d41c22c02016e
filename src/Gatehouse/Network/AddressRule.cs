namespace Gatehouse.Network;

/// <summary>One rule of the IP filter.</summary>
/// <param name="Effect">Allow or deny.</param>
/// <param name="Address">
/// A single address, a CIDR, a range <c>first-last</c> (IPv4 or IPv6), a host name, a domain (<c>*.example.com</c>,
/// <c>.example.com</c>), or <c>_all</c>.
/// </param>
/// <param name="Gate">The gate it is for, or null for every gate, the admin API and the mesh.</param>
public sealed record AddressRule(AddressRuleEffect Effect, string Address, string? Gate = null)
{
    /// <summary>The address that stands for all.</summary>
    public const string All = "_all";
}

/// <summary>What an address rule does. Stored by name.</summary>
public enum AddressRuleEffect
{
    /// <summary>Lets in.</summary>
    Allow = 0,

    /// <summary>Keeps out; wins a tie.</summary>
    Deny = 1,
}
