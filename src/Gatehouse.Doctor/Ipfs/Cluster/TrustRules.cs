using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>Whom the peer trusts to change the pinset, and what those may do whom it does not.</summary>
internal static class TrustRules
{
    /// <summary>The name of a cluster that nobody has named.</summary>
    public const string UsualName = "ipfs-cluster";

    /// <summary>IC011: not one consensus.</summary>
    public static IEnumerable<Observation> NotOneConsensus(ClusterSubject subject)
    {
        if (subject.Consensus is Consensus.Both)
        {
            yield return Observation.At("both `crdt` and `raft` are there: the daemon does not start, and nobody can say which one was meant", subject.At("consensus", "crdt"), subject.At("consensus", "raft"));
        }
        else if (subject.Consensus is Consensus.None)
        {
            yield return Observation.At("neither `crdt` nor `raft` is there: the daemon does not start", subject.Near(subject.At("consensus")));
        }
    }

    /// <summary>IC020: everybody is trusted.</summary>
    public static IEnumerable<Observation> TrustsAll(ClusterSubject subject)
    {
        Setting trusted = Trusted(subject);
        if (!HasCrdt(subject) || trusted.IsUnknown || trusted.IsPartial)
        {
            return HasCrdt(subject) ? [Observation.Unknown("which peers are trusted cannot be told", trusted)] : [];
        }

        if (Star(subject) is not { } star)
        {
            return [];
        }

        return
        [
            subject.IsSwarmOpen && !subject.RefusesOpenSwarm
                ? Observation.At(Severity.Critical, "every peer is trusted, and there is no secret: anybody may write the pinset", star)
                : Observation.At("every peer that has the secret is trusted to write and delete pins; a single `*` makes the other entries void", star),
        ];
    }

    /// <summary>IC020: the file lies in the image or a volume, and a variable that stands above it trusts everybody.</summary>
    public static ImmutableArray<Observation> TrustsAllByVariable(ClusterSubject subject) =>
    [
        .. subject.File is not null ? [] : subject.Launches.Select(static l => (Launch: l, Trusted: l.Environment.Find("CLUSTER_CRDT_TRUSTEDPEERS")))
            .Where(static pair => pair.Trusted?.Value?.Split(',', StringSplitOptions.TrimEntries).Contains("*") == true
                && pair.Launch.Environment.Find("IPFS_CLUSTER_CONSENSUS")?.Value != "raft")
            .Select(static pair => Shown.Of(pair.Trusted!) is var place && pair.Launch.Environment.Find("CLUSTER_SECRET") is { Value.Length: 0 } empty && pair.Launch.Environment.Find("LIBP2P_FORCE_PNET")?.Value != "1" // found above
                ? Observation.Of(Severity.Critical, "every peer is trusted, and there is no secret: anybody may write the pinset", place, Shown.Of(empty))
                : Observation.Of("every peer that has the secret is trusted to write and delete pins", place)),
    ];

    /// <summary>IC021: nobody is trusted.</summary>
    public static IEnumerable<Observation> TrustsNobody(ClusterSubject subject)
    {
        Setting trusted = Trusted(subject);
        bool isEmpty = trusted.IsBlank() || (trusted.Kind == SettingKind.List && trusted.Children.IsEmpty);
        if (!HasCrdt(subject) || !isEmpty)
        {
            yield break;
        }

        switch (subject.HasPeers())
        {
            case true when !WidensTrust(subject).Any():
                yield return Observation.At("the cluster has other peers, and none of them is trusted: they cannot work together, and `*` is then a temptation", subject.Near(trusted));
                break;
            case null:
                yield return Observation.Unknown("no peer is trusted; whether there are others cannot be told, for the peerstore cannot be read", subject.Near(trusted));
                break;
        }
    }

    /// <summary>IC022: ids that are none, stand there twice, or are the peer's own.</summary>
    public static IEnumerable<Observation> OddIds(ClusterSubject subject)
    {
        Setting trusted = Trusted(subject);
        if (!HasCrdt(subject) || Star(subject) is not null)
        {
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string text, Setting place) in Entries(trusted))
        {
            if (!PeerId.TryParse(text, out string? id))
            {
                yield return Observation.At("an entry is no peer id: the daemon does not start", place);
            }
            else if (!seen.Add(id))
            {
                yield return Observation.At("a peer id stands there twice", place);
            }
        }

        string? own = subject.At("cluster", "id").Text is { Length: > 0 } old ? old : subject.Identity.At("id").Text;
        if (seen.Count == 1 && own is not null && PeerId.TryParse(own, out string? self) && seen.Contains(self))
        {
            yield return Observation.At(
                subject.HasPeers() == false ? Severity.Info : Severity.Medium, "the only trusted peer is this peer itself, which it trusts anyway; the ids of the others are missing", trusted);
        }
    }

    /// <summary>IC023: Raft.</summary>
    public static IEnumerable<Observation> UsesRaft(ClusterSubject subject)
    {
        if (subject.Consensus == Consensus.Raft)
        {
            yield return Observation.At("Raft trusts every peer that has the secret, and offers the REST API to them", subject.At("consensus", "raft"));
        }
    }

    /// <summary>IC024: Raft, and a REST API without users.</summary>
    public static IEnumerable<Observation> RaftWithOpenRest(ClusterSubject subject)
    {
        if (subject.Consensus != Consensus.Raft || !subject.Rest.IsOn)
        {
            yield break;
        }

        Setting users = subject.Rest["basic_auth_credentials"];
        switch (subject.Rest.Authentication)
        {
            case Authentication.None:
                yield return Observation.At("with Raft the REST API is served on the swarm's port as well, and it asks nobody for a password", subject.Near(users));
                break;
            case Authentication.Unknown:
                yield return Observation.Unknown("whether the REST API asks for a password cannot be told", users);
                break;
        }
    }

    /// <summary>IC025: <c>--bootstrap</c> makes its peers trusted.</summary>
    public static IEnumerable<Observation> WidensTrust(ClusterSubject subject) =>
        subject.Consensus == Consensus.Raft ? [] : subject.Launches
            .Where(static launch => CommandLine.Value(launch.Arguments, "bootstrap", "j") is not null && !CommandLine.Has(launch.Arguments, "no-trust"))
            .Select(static launch => Observation.Of("the peers behind `--bootstrap` are trusted for this run, whatever `trusted_peers` says; `--no-trust` is not given", launch.Show("daemon --bootstrap")));

    /// <summary>IC026: pins go to peers that nobody trusts.</summary>
    public static IEnumerable<Observation> PinsOnStrangers(ClusterSubject subject)
    {
        Setting only = subject.At("cluster", "pin_only_on_trusted_peers");
        if (!HasCrdt(subject) || Star(subject) is not null || subject.At("cluster", "follower_mode").IsOn() == true)
        {
            yield break;
        }

        if (only.IsUnknown)
        {
            yield return Observation.Unknown("whether pins go to trusted peers alone cannot be told", only);
        }
        else if (only.IsOn() != true)
        {
            yield return Observation.At("whoever has the secret may announce free space and is given pins to hold, trusted or not", subject.Near(only));
        }
    }

    /// <summary>IC027: the name that everybody has.</summary>
    public static IEnumerable<Observation> SharesName(ClusterSubject subject)
    {
        Setting name = subject.At("consensus", "crdt", "cluster_name");
        if (HasCrdt(subject) && (name.IsBlank() || name.Text == UsualName))
        {
            // Peers of another cluster of that name do not get as far as the topic without the secret.
            bool isApart = !subject.IsSwarmOpen && !subject.Secret.IsUnknown && SecretRules.WeaknessOf(subject) is null;
            string text = $"the cluster has the usual name `{UsualName}`, and with it the usual topic";
            yield return isApart
                ? Observation.At(Severity.Info, text + "; the swarm's secret keeps others from it", subject.Near(name))
                : Observation.At(text, subject.Near(name));
        }
    }

    /// <summary>The entry that trusts everybody, or null.</summary>
    public static Setting? Star(ClusterSubject subject)
    {
        foreach ((string text, Setting place) in Entries(Trusted(subject)))
        {
            if (text == "*")
            {
                return place;
            }
        }

        return null;
    }

    private static Setting Trusted(ClusterSubject subject) => subject.At("consensus", "crdt", "trusted_peers");

    private static bool HasCrdt(ClusterSubject subject) => subject.Consensus is Consensus.Crdt or Consensus.Both;

    private static ImmutableArray<(string Text, Setting Place)> Entries(Setting list) =>
        list.Kind == SettingKind.List
            ? [.. list.Children.Where(static c => c.Text is not null).Select(static c => (c.Text!, c))] // filtered
            : [.. (list.AsCommaTexts() ?? []).Select(text => (text, list))];
}
