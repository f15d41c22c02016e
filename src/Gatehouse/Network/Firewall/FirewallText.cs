using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.Network.Firewall;

/// <summary>What the writers of all formats share.</summary>
internal static class FirewallText
{
    /// <summary>Name of the table, chain or object: everything of ours is in it, and nothing else.</summary>
    public const string Name = "gatehouse";

    private const string CommentCharacters = " .,:;/()+-_";

    /// <summary>The two families, as the plan's addresses are split.</summary>
    public static ImmutableArray<AddressFamily> Families { get; } = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary><c>tcp</c> or <c>udp</c>.</summary>
    public static string Word(Transport transport) => transport == Transport.Tcp ? "tcp" : "udp";

    /// <summary><c>clients</c>, <c>peers</c>, <c>operators</c>, <c>anyone</c>.</summary>
    public static string Word(Audiences group) => group switch
    {
        Audiences.Clients => "clients",
        Audiences.Peers => "peers",
        Audiences.Operators => "operators",
        Audiences.Anyone => "anyone",
        _ => "nobody",
    };

    /// <summary>
    /// Text that ends no comment and no quotes in any format. Names in it may come from the cluster's documents, and root loads the file.
    /// </summary>
    public static string Comment(string text, int most = 120)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            bool isDouble = c == '-' && clean.Length > 0 && clean[^1] == '-';
            clean.Append((char.IsAsciiLetterOrDigit(c) || CommentCharacters.Contains(c, StringComparison.Ordinal)) && !isDouble ? c : '_');
        }

        return clean.Length <= most ? clean.ToString() : clean.ToString(0, most - 3) + "...";
    }

    /// <summary>The networks of a group in a family; null: every address.</summary>
    public static ImmutableArray<IPNetwork>? Networks(FirewallPlan plan, FirewallGrant grant, AddressFamily family) =>
        plan.Sources.Of(grant.Source) is { } all ? [.. all.Where(n => n.BaseAddress.AddressFamily == family)] : null;

    /// <summary>Whether a grant can hold in a family.</summary>
    public static bool IsIn(FirewallGrant grant, AddressFamily family) => grant.Destination is null || grant.Destination.AddressFamily == family;

    /// <summary>A network as filters read it: an address alone without a length.</summary>
    public static string Network(IPNetwork network) =>
        network.PrefixLength == (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) ? network.BaseAddress.ToString() : network.ToString();

    /// <summary>Whether a rule lets everybody in, so that nobody is left to be kept out.</summary>
    public static bool IsOpen(FirewallPlan plan, FirewallRule rule) => rule.Grants.Any(grant => grant.Destination is null && plan.Sources.Of(grant.Source) is null);

    /// <summary>Who a rule lets in, for a comment.</summary>
    public static string Who(FirewallPlan plan, FirewallRule rule) => rule.Grants.IsEmpty
        ? "nobody outside"
        : string.Join(" and ", rule.Grants.Select(g => plan.Sources.Of(g.Source) switch
        {
            null => g.Source == Audiences.Anyone ? "anyone" : Word(g.Source) + " (any address)",
            { IsEmpty: true } => $"{Word(g.Source)} (none known)",
            _ => Word(g.Source),
        }).Distinct(StringComparer.Ordinal));

    /// <summary>What every text says about itself at its head.</summary>
    public static string[] Head(string load, string remove) =>
    [
        "Written by gatehouse firewall. It speaks of the ports of Gatehouse and of the systems it guards, and of no other:",
        "ssh and everything else stay as they are. Everything of it is named gatehouse.",
        "What another table or tool drops stays dropped.",
        $"load, again at any time: {load}",
        $"remove:                  {remove}",
    ];
}
