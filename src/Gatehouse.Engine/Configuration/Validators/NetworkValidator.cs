using System.Net;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Networks are an address in its one spelling, with or without a prefix length that its bits agree with.</summary>
internal sealed class NetworkValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        foreach (GateConfiguration gate in configuration.Gates)
        {
            foreach (string network in gate.ProxyProtocolFrom.Where(static n => n.Length > 0))
            {
                if (Why(network) is string why)
                {
                    context.Report(ConfigurationProblems.Network, $"`{network}` is no network: {why}", $"gates.{gate.Name}.proxy_protocol_from");
                }
            }
        }
    }

    private static string? Why(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string address = slash < 0 ? text : text[..slash];
        if (!ListenAddress.TryParseHost(address, out IPAddress? parsed, out string? why))
        {
            return why;
        }

        int longest = parsed.GetAddressBytes().Length * 8;
        string prefix = slash < 0 ? longest.ToString() : text[(slash + 1)..];
        if (prefix.Length is 0 or > 3 || !prefix.All(char.IsAsciiDigit) || (prefix[0] == '0' && prefix.Length > 1) || int.Parse(prefix) > longest)
        {
            return $"the prefix length is a number from 0 to {longest}";
        }

        if (prefix == "0")
        {
            return "every source would be believed; name the proxies";
        }

        return IPNetwork.TryParse($"{address}/{prefix}", out IPNetwork network) && network.BaseAddress.Equals(parsed)
            ? null
            : "address bits are set behind the prefix";
    }
}
