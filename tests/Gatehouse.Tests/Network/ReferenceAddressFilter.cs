using System.Net;
using System.Net.Sockets;
using Gatehouse.Network;

namespace Gatehouse.Tests.Network;

/// <summary>The slow, obvious filter that the compiled one must agree with: looks at every rule, bit by bit.</summary>
internal static class ReferenceAddressFilter
{
    public static bool Decide(IReadOnlyList<AddressRule> rules, IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        int best = -2;
        bool allowed = !rules.Any(static r => r.Effect == AddressRuleEffect.Allow);
        foreach (AddressRule rule in rules)
        {
            int length = Match(rule.Address, address);
            if (length < -1 || length < best)
            {
                continue;
            }

            bool allow = rule.Effect == AddressRuleEffect.Allow;
            allowed = length > best ? allow : allowed && allow;
            best = length;
        }

        return allowed;
    }

    private static int Match(string rule, IPAddress address)
    {
        if (rule == AddressRule.All)
        {
            return -1;
        }

        string[] parts = rule.Split('/');
        var network = IPAddress.Parse(parts[0]);
        int length = parts.Length == 2
            ? int.Parse(parts[1])
            : network.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (network.IsIPv4MappedToIPv6 && length >= 96)
        {
            network = network.MapToIPv4();
            length -= 96;
        }

        if (network.AddressFamily != address.AddressFamily)
        {
            return -2;
        }

        byte[] a = network.GetAddressBytes();
        byte[] b = address.GetAddressBytes();
        for (int bit = 0; bit < length; bit++)
        {
            if ((((a[bit / 8] ^ b[bit / 8]) >> (7 - (bit % 8))) & 1) != 0)
            {
                return -2;
            }
        }

        return length;
    }
}
