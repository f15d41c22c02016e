using System.Collections.Immutable;

namespace Gatehouse.Network.Firewall;

/// <summary>Writes a plan in the words of a packet filter. The same plan gives the same bytes.</summary>
public static class FirewallWriter
{
    /// <summary>The formats' names.</summary>
    public static ImmutableArray<string> Formats { get; } = ["nftables", "iptables", "ufw", "firewalld", "security-group", "terraform"];

    /// <summary>Writes it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    public static string Write(FirewallPlan plan, string format) => format switch
    {
        "nftables" => NftablesFormat.Write(plan),
        "iptables" => IptablesFormat.Write(plan),
        "ufw" => UfwFormat.Write(plan),
        "firewalld" => FirewalldFormat.Write(plan),
        "security-group" => CloudFormats.WriteJson(plan),
        "terraform" => CloudFormats.WriteTerraform(plan),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "not one of the formats"),
    };

    /// <summary>How to load a format's file and how to take it out again, for people; <c>FILE</c> stands for the file.</summary>
    public static (string Load, string Remove) Use(string format) => format switch
    {
        "nftables" => ("nft -f FILE", "nft delete table inet " + FirewallText.Name),
        "firewalld" => (FirewalldFormat.Load, FirewalldFormat.Remove),
        "security-group" => ("aws ec2 authorize-security-group-ingress --group-id GROUP --ip-permissions file://FILE", "aws ec2 revoke-security-group-ingress --group-id GROUP --ip-permissions file://FILE"),
        "terraform" => ("terraform apply -var gatehouse_security_group_id=GROUP", "terraform destroy"),
        _ => ("sh FILE", "sh FILE remove"),
    };
}
