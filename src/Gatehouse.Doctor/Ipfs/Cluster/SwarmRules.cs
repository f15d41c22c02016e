using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>The port on which peers of the cluster meet.</summary>
internal static class SwarmRules
{
    // Ten times what the peer keeps by itself.
    private const long ManyConnections = 4000;

    /// <summary>IC090: every address of the host.</summary>
    public static IEnumerable<Observation> ListensEverywhere(ClusterSubject subject)
    {
        Setting listen = subject.At("cluster", "listen_multiaddress");
        if (ServiceAddress.Read(listen) is not { } addresses)
        {
            yield return Observation.Unknown("where the swarm listens cannot be told", listen);
            yield break;
        }

        if (addresses.Where(static a => a.Address is { Reach: Reach.Any, IsUdp: false }).Select(static a => a.Setting).FirstOrDefault() is { } everywhere)
        {
            bool isWeak = (subject.IsSwarmOpen && !subject.RefusesOpenSwarm) || SecretRules.WeaknessOf(subject) is not null || TrustRules.Star(subject) is not null;
            yield return isWeak
                ? Observation.At(Severity.High, "the swarm listens on every address of the host, and what guards it is weak", everywhere)
                : Observation.At("the swarm listens on every address of the host", everywhere);
        }
    }

    /// <summary>IC091: a relay for others.</summary>
    public static IEnumerable<Observation> Relays(ClusterSubject subject)
    {
        Setting relay = subject.At("cluster", "enable_relay_hop");
        if (relay.IsUnknown)
        {
            yield return Observation.Unknown("whether the peer relays for others cannot be told", relay);
        }
        else if (relay.IsOn() == true)
        {
            yield return Observation.At("whoever has the secret may send connections through this peer", relay);
        }
    }

    /// <summary>IC092: announced to the local network.</summary>
    public static IEnumerable<Observation> Announces(ClusterSubject subject)
    {
        Setting interval = subject.At("cluster", "mdns_interval");
        if (interval.IsUnknown)
        {
            yield return Observation.Unknown("whether the peer announces itself to the local network cannot be told", interval);
        }
        else if (interval.IsBlank() || (interval.AsDuration(TimeSpan.FromSeconds(1)) is { } every && every > TimeSpan.Zero))
        {
            yield return Observation.At("the peer announces itself to the local network and connects to whoever answers", subject.Near(interval));
        }
    }

    /// <summary>IC093: no bounds.</summary>
    public static IEnumerable<Observation> HasNoBounds(ClusterSubject subject)
    {
        Setting manager = subject.At("cluster", "resource_manager");
        Setting enabled = subject.At("cluster", "resource_manager", "enabled");
        if (enabled.IsUnknown)
        {
            yield return Observation.Unknown("whether the peer's connections and memory have bounds cannot be told", enabled);
        }
        else if (manager.Kind == SettingKind.Map && enabled.IsOn() != true)
        {
            yield return Observation.At("connections, streams and memory of the swarm have no bounds", subject.Near(enabled));
        }

        Setting most = subject.At("cluster", "connection_manager", "high_water");
        if (most.AsInteger() is > ManyConnections)
        {
            yield return Observation.At($"the swarm keeps up to {most.AsInteger()} connections before it closes any", most);
        }
    }

    /// <summary>IC097: a stop is a farewell.</summary>
    public static IEnumerable<Observation> LeavesAtStop(ClusterSubject subject)
    {
        Setting leaves = subject.At("cluster", "leave_on_shutdown");
        if (leaves.IsUnknown)
        {
            yield return Observation.Unknown("whether the peer leaves the cluster at every stop cannot be told", leaves);
        }
        else if (leaves.IsOn() == true)
        {
            yield return Observation.At("the peer leaves the cluster whenever it stops, and with it goes its vote and its part of the pins", leaves);
        }
    }

    /// <summary>IC094: QUIC, which a private network has not.</summary>
    public static IEnumerable<Observation> ListensInVain(ClusterSubject subject)
    {
        foreach ((ServiceAddress address, Setting place) in ServiceAddress.Read(subject.At("cluster", "listen_multiaddress")) ?? [])
        {
            if (address.IsUdp)
            {
                yield return Observation.At("nothing listens there: the swarm's transports are TCP and WebSocket", place);
            }
        }
    }
}
