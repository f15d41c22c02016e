using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>TCP ports that the configuration asks for.</summary>
internal static class UsedPorts
{
    /// <summary>All of them; a section that says nothing takes its usual one.</summary>
    public static HashSet<int> Of(ClusterSubject subject)
    {
        HashSet<int> ports = [];
        Add(ports, subject.At("cluster", "listen_multiaddress"), 9096);
        foreach (ApiSection api in new[] { subject.Rest, subject.Pinning })
        {
            Add(ports, api.IsOn ? api.Listen : null, api.Port);
            Add(ports, api["libp2p_listen_multiaddress"], 0);
        }

        Setting proxy = subject.At("api", "ipfsproxy");
        Add(ports, proxy.IsSet ? subject.At("api", "ipfsproxy", "listen_multiaddress") : null, 9095);
        Add(ports, subject.At("ipfs_connector", "ipfshttp", "proxy_listen_multiaddress"), 0);
        Add(ports, subject.At("observations", "metrics", "prometheus_endpoint"), 8888);
        return ports;
    }

    private static void Add(HashSet<int> ports, Setting? setting, int usual)
    {
        if (setting is null)
        {
            return;
        }

        int before = ports.Count;
        ports.UnionWith((ServiceAddress.Read(setting) ?? []).Where(static a => !a.Address.IsUdp && a.Address.Port > 0).Select(static a => a.Address.Port));
        if (ports.Count == before && usual > 0)
        {
            ports.Add(usual);
        }
    }
}
