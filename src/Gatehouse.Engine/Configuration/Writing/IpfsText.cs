using System.Globalization;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>The <c>ipfs</c> mapping of a gate on one line: what differs from the defaults.</summary>
internal static class IpfsText
{
    /// <summary>The mapping in braces, or null where everything is as it is without.</summary>
    public static string? Of(IpfsConfiguration? ipfs)
    {
        if (ipfs is null)
        {
            return null;
        }

        var plain = new IpfsConfiguration();
        (string Key, string? Value)[] all =
        [
            ("cluster", ipfs.Cluster == plain.Cluster ? null : ConfigurationText.Scalar(ipfs.Cluster)),
            ("max_pins", Number(ipfs.MaxPins, plain.MaxPins)),
            ("max_add", ipfs.MaxAdd == plain.MaxAdd ? null : Quantities.WriteSize(ipfs.MaxAdd)),
            ("open_health", ipfs.OpenHealth ? null : "false"),
            ("adds_per_user", Number(ipfs.AddsPerUser, plain.AddsPerUser)),
        ];
        string[] set = [.. all.Where(static p => p.Value is not null).Select(static p => $"{p.Key}: {p.Value}")];
        return set.Length == 0 ? null : "{ " + string.Join(", ", set) + " }";
    }

    private static string? Number(int value, int plain) => value == plain ? null : value.ToString(CultureInfo.InvariantCulture);
}
