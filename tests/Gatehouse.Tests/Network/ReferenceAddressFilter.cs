using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Gatehouse.Network;

namespace Gatehouse.Tests.Network;

/// <summary>The slow, obvious filter that the compiled one must agree with: looks at every rule, bit by bit.</summary>
internal static class ReferenceAddressFilter
{
    // Wider than every network, so that `_all` loses to all of them.
    private static readonly BigInteger Everything = BigInteger.One << 129;

    public static bool Decide(IReadOnlyList<AddressRule> rules, IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        BigInteger? best = null;
        bool allowed = !rules.Any(static r => r.Effect == AddressRuleEffect.Allow);
        foreach (AddressRule rule in rules)
        {
            BigInteger? size = Match(rule.Address, address);
            if (size is null || size > best)
            {
                continue;
            }

            bool allow = rule.Effect == AddressRuleEffect.Allow;
            allowed = size == best ? allowed && allow : allow;
            best = size;
        }

        return allowed;
    }

    /// <summary>How many addresses a rule holds when this one is among them.</summary>
    private static BigInteger? Match(string rule, IPAddress address)
    {
        if (rule == AddressRule.All)
        {
            return Everything;
        }

        string[] ends = rule.Split('-');
        if (ends.Length == 2)
        {
            IPAddress[] range = [.. ends.Select(static e => IPAddress.Parse(e)).Select(static e => e.IsIPv4MappedToIPv6 ? e.MapToIPv4() : e)];
            BigInteger[] numbers = [.. range.Append(address).Select(static a => new BigInteger(a.GetAddressBytes(), isUnsigned: true, isBigEndian: true))];
            return range[0].AddressFamily == address.AddressFamily && numbers[0] <= numbers[2] && numbers[2] <= numbers[1]
                ? numbers[1] - numbers[0] + 1 : null;
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
            return null;
        }

        byte[] a = network.GetAddressBytes();
        byte[] b = address.GetAddressBytes();
        for (int bit = 0; bit < length; bit++)
        {
            if ((((a[bit / 8] ^ b[bit / 8]) >> (7 - (bit % 8))) & 1) != 0)
            {
                return null;
            }
        }

        return BigInteger.One << ((a.Length * 8) - length);
    }
}
