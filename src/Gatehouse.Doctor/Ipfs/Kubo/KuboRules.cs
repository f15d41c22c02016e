using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Kubo;

/// <summary>All rules about Kubo that ask no port.</summary>
internal static class KuboRules
{
    private static readonly string[] Switches = ["Libp2pStreamMounting", "P2pHttpProxy", "FilestoreEnabled", "UrlstoreEnabled", "GatewayOverLibp2p"];

    /// <summary>All of them, by id.</summary>
    public static ImmutableArray<Rule<KuboSubject>> All { get; } =
    [
        new("KU001", static subject => subject.Blindness is { } blind ? RpcRules.OpenByImage(subject) is { IsEmpty: false } open ? open : [blind] : RpcRules.OpenToAll(subject)),
        Settings("KU002", RpcRules.OpenToUsers),
        Settings("KU003", RpcRules.WidePaths),
        Settings("KU004", RpcRules.AnyOrigin),
        Settings("KU005", Experiments),
        Settings("KU006", Gateway),
        new("KU007", PrivacyRules.PublicSwarm),
        new("KU008", PrivacyRules.Loose),
    ];

    // KU005: features that open more than the node needs.
    private static IEnumerable<Observation> Experiments(KuboSubject subject)
    {
        foreach (string name in Switches)
        {
            Setting setting = subject.At("Experimental", name);
            if (setting.IsUnknown)
            {
                yield return Observation.Unknown($"whether `{name}` is on cannot be told", setting);
            }
            else if (setting.IsOn() == true)
            {
                yield return Observation.At($"the experimental feature `{name}` is on: {MeaningOf(name)}", setting);
            }
        }
    }

    // KU006: a gateway that fetches whatever anybody asks for.
    private static IEnumerable<Observation> Gateway(KuboSubject subject)
    {
        if (subject.Gateway() is not { } addresses)
        {
            yield return Observation.Unknown("where the gateway listens cannot be told", subject.At("Addresses", "Gateway"));
            yield break;
        }

        Setting stays = subject.At("Gateway", "NoFetch");
        ImmutableArray<Evidence> exposures = subject.Exposures(addresses);
        if (!exposures.IsEmpty && stays.IsOn() != true)
        {
            yield return Observation.Of("other hosts reach the gateway, and it fetches any content of the network for them", [.. exposures, .. Shown.All(stays)]);
        }
        else if (exposures.IsEmpty && stays.IsOn() != true && addresses.Where(static a => a.Address.Reach is Reach.Name or Reach.Unreadable).Select(static a => a.Place).FirstOrDefault() is { } unclear)
        {
            yield return Observation.Of("who reaches the gateway at this address cannot be told", unclear) with { IsUnknown = true };
        }
    }

    private static string MeaningOf(string name) => name switch
    {
        "Libp2pStreamMounting" => "whoever uses the RPC API opens tunnels to other ports",
        "P2pHttpProxy" => "the gateway passes requests on to services of other peers",
        "FilestoreEnabled" => "content refers to files of the host by their paths",
        "UrlstoreEnabled" => "content refers to addresses that the node then asks",
        _ => "every peer of the network may use the gateway",
    };

    private static Rule<KuboSubject> Settings(string id, Func<KuboSubject, IEnumerable<Observation>> look) =>
        new(id, subject => subject.Blindness is { } blind ? [blind] : look(subject));
}
