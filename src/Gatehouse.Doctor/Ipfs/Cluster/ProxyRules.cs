using System.Collections.Immutable;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>The IPFS proxy, which knows no password and no TLS, and the way to Kubo.</summary>
internal static class ProxyRules
{
    private const int UsualPort = 9095;

    /// <summary>IC070: the proxy is on.</summary>
    public static IEnumerable<Observation> IsOn(ClusterSubject subject)
    {
        Setting section = Section(subject);
        if (section.IsSet)
        {
            yield return Observation.At("the IPFS proxy is on: it can ask nobody for a password, and a picture in a web page is enough to unpin", section);
            yield break;
        }

        Setting old = OldListen(subject);
        if (!old.IsBlank())
        {
            switch (IsInForce(subject, old))
            {
                case true:
                    yield return Observation.At("the IPFS proxy is on, as versions before 0.9 have it in `ipfshttp`: it can ask nobody for a password", old);
                    break;
                case null:
                    yield return Observation.Unknown("`proxy_listen_multiaddress` starts the IPFS proxy in versions before 0.9 and nothing in later ones; which version runs is not known", old);
                    break;
            }
        }
    }

    /// <summary>IC071: other hosts reach the proxy.</summary>
    public static IEnumerable<Observation> Exposed(ClusterSubject subject)
    {
        Setting listen = Listen(subject);
        bool isOld = !Section(subject).IsSet && !listen.IsBlank();
        if (!Section(subject).IsSet && (!isOld || IsInForce(subject, listen) == false))
        {
            return Leftover(subject);
        }

        if (ServiceAddress.Read(listen) is not { } addresses)
        {
            return [Observation.Unknown("where the IPFS proxy listens cannot be told", listen)];
        }

        Setting? open = addresses.Where(static a => a.Address.IsExposed).Select(static a => a.Setting).FirstOrDefault();
        if (open is not null)
        {
            return isOld && IsInForce(subject, listen) is null
                ? [Observation.Unknown("other hosts would reach the IPFS proxy here in versions before 0.9; which version runs is not known", open)]
                : [Observation.At("other hosts reach the IPFS proxy: it gives them the whole of Kubo's RPC API and the cluster's pins", open)];
        }

        HashSet<int> ports = [.. addresses.IsEmpty ? [UsualPort] : addresses.Select(static a => a.Address.Port)];
        return
        [
            .. addresses.Where(static a => a.Address.Reach is Reach.Name or Reach.Unreadable).Select(static a => Observation.Unknown("who reaches the IPFS proxy at this address cannot be told", a.Setting)),
            .. ApiSection.OpenSockets(subject).Where(socket => ports.Contains(socket.EndPoint.Port)).Select(socket => Observation.Of(
                "the process has the IPFS proxy open to other hosts, whatever the file says now", Shown.Of(socket, $"{subject.Process!.Place} listens here"))), // the sockets are its
        ];
    }

    /// <summary>IC072: Kubo's RPC API in clear text over a network.</summary>
    public static IEnumerable<Observation> RemoteKubo(ClusterSubject subject)
    {
        foreach ((Setting node, bool hasTls) in new[] { (subject.At("ipfs_connector", "ipfshttp", "node_multiaddress"), false), (ProxyNode(subject), subject.At("api", "ipfsproxy", "node_https").IsOn() == true) })
        {
            if (ServiceAddress.Read(node) is not { } addresses)
            {
                yield return Observation.Unknown("where Kubo is cannot be told", node);
            }
            else if (!hasTls && addresses.Where(static a => a.Address.IsRemote).Select(static a => a.Setting).FirstOrDefault() is { } remote)
            {
                yield return Observation.At("Kubo's RPC API is asked over a network in clear text and without a password: whoever reaches it there administers the node", remote);
            }
        }
    }

    /// <summary>IC073: a node that is the proxy.</summary>
    public static IEnumerable<Observation> Loop(ClusterSubject subject)
    {
        HashSet<int> ports = [UsualPort, .. (ServiceAddress.Read(Listen(subject)) ?? []).Select(static a => a.Address.Port).Where(static p => p > 0)];
        foreach (Setting node in new[] { subject.At("ipfs_connector", "ipfshttp", "node_multiaddress"), ProxyNode(subject) })
        {
            if ((ServiceAddress.Read(node) ?? []).Any(a => ports.Contains(a.Address.Port)))
            {
                yield return Observation.At("the address of Kubo is that of an IPFS proxy: requests go round in a circle, or past what guards Kubo", node);
            }
        }
    }

    /// <summary>IC037: the proxy's log of requests.</summary>
    public static IEnumerable<Observation> LogFile(ClusterSubject subject) => Section(subject).IsSet ? ApiRules.LogFile(subject, subject.At("api", "ipfsproxy", "log_file")) : [];

    private static Setting Section(ClusterSubject subject) => subject.At("api", "ipfsproxy");

    private static Setting OldListen(ClusterSubject subject) => subject.At("ipfs_connector", "ipfshttp", "proxy_listen_multiaddress");

    // A proxy without a section of its own asks nobody.
    private static Setting ProxyNode(ClusterSubject subject) => subject.At("api", "ipfsproxy", "node_multiaddress");

    private static Setting Listen(ClusterSubject subject)
    {
        if (!Section(subject).IsSet)
        {
            return OldListen(subject);
        }

        // Versions around 0.9 read the old name in the new section where the new one is not there.
        Setting listen = subject.At("api", "ipfsproxy", "listen_multiaddress");
        Setting old = subject.At("api", "ipfsproxy", "proxy_listen_multiaddress");
        return listen.IsBlank() && old.IsSet ? old : listen;
    }

    // Known by its version, or because the process listens there.
    private static bool? IsInForce(ClusterSubject subject, Setting old)
    {
        HashSet<int> ports = [.. (ServiceAddress.Read(old) ?? []).Select(static a => a.Address.Port)];
        return subject.Sockets.Any(socket => ports.Contains(socket.EndPoint.Port)) ? true : ReleaseName.IsBefore(subject.Version, "0.9.0");
    }

    private static ImmutableArray<Observation> Leftover(ClusterSubject subject) => UsedPorts.Of(subject).Contains(UsualPort) ? [] :
    [
        .. ApiSection.OpenSockets(subject).Where(static socket => socket.EndPoint.Port == UsualPort).Select(socket => Observation.Of(
            "the file has no IPFS proxy any more, but the process has its usual port open to other hosts until it is started again", Shown.Of(socket, $"{subject.Process!.Place} listens here"))), // the sockets are its
    ];
}
