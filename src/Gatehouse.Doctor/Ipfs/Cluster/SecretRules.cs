using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>The secret that keeps strangers out of the swarm.</summary>
internal static class SecretRules
{
    private const string Variable = "CLUSTER_SECRET";

    /// <summary>IC001: no secret, and CRDT.</summary>
    public static IEnumerable<Observation> MissingWithCrdt(ClusterSubject subject) => subject.Consensus == Consensus.Raft ? [] : Missing(subject, "reads the whole pinset, and writes it where all peers are trusted");

    /// <summary>IC002: no secret, and Raft.</summary>
    public static IEnumerable<Observation> MissingWithRaft(ClusterSubject subject) => subject.Consensus != Consensus.Raft ? [] : Missing(subject, "controls the cluster, for Raft trusts every peer");

    /// <summary>IC003: the variable is set, to nothing.</summary>
    public static IEnumerable<Observation> EmptyVariable(ClusterSubject subject)
    {
        foreach (Launch launch in subject.Launches)
        {
            if (launch.Environment.Find(Variable) is null && launch.WhyUnseen is { } why)
            {
                yield return Observation.Of($"whether `{Variable}` is set cannot be told: {why}", launch.Show("environment not readable")) with { IsUnknown = true };
            }
            else if (launch.Environment.Find(Variable) is { Value: null } unclear)
            {
                yield return Observation.Of($"`{Variable}` is taken from a variable that is not known here; where that one is empty, the swarm is open", Shown.Of(unclear)) with { IsUnknown = true };
            }
            else if (launch.Environment.Find(Variable) is { Value.Length: 0 } empty)
            {
                yield return Refuses(launch)
                    ? Observation.Of(Severity.Medium, $"`{Variable}` is set to nothing and takes the secret of the file away; only `LIBP2P_FORCE_PNET=1` keeps the peer from starting without one", Shown.Of(empty))
                    : Observation.Of($"`{Variable}` is set to nothing: it takes the secret of the file away and opens the swarm", Shown.Of(empty));
            }
        }
    }

    /// <summary>IC004: no 64 hexadecimal digits.</summary>
    public static IEnumerable<Observation> Malformed(ClusterSubject subject)
    {
        Setting secret = subject.Secret;
        if (!secret.IsUnknown && !secret.IsBlank() && !IsHex(secret.Text))
        {
            yield return Observation.At($"the secret is not made of 64 hexadecimal digits (it has {secret.Text?.Length ?? 0} characters): the daemon does not start", secret);
        }
    }

    /// <summary>IC005: published, or thought of by somebody.</summary>
    public static IEnumerable<Observation> Guessable(ClusterSubject subject)
    {
        if (WeaknessOf(subject) is { } weakness)
        {
            yield return Observation.At($"the secret {WeakKeys.Describe(weakness)}", subject.Secret);
        }
    }

    /// <summary>IC006: two secrets where one should be.</summary>
    public static IEnumerable<Observation> Differs(ClusterSubject subject)
    {
        Setting inFile = subject.InFile.At("cluster", "secret");
        foreach (Launch launch in subject.Launches)
        {
            if (launch.Environment.Find(Variable) is { Value.Length: > 0 } variable && inFile.Text is { Length: > 0 } text && !Same(text, variable.Value))
            {
                yield return Observation.Of($"`{Variable}` says another secret than the file; the variable counts, and a start without it joins another swarm", Shown.Of(variable), Shown.Of(inFile));
            }
        }

        foreach (ClusterSubject peer in subject.Peers)
        {
            // Told once, at the first of the two.
            if (peer != subject && string.CompareOrdinal(subject.Name, peer.Name) < 0 && AreOneCluster(subject, peer)
                && subject.Secret.Text is { Length: > 0 } own && peer.Secret.Text is { Length: > 0 } other && !Same(own, other))
            {
                yield return Observation.At("two peers of one cluster have different secrets and cannot reach each other", subject.Secret, peer.Secret);
            }
        }
    }

    /// <summary>IC007: the key of the Kubo node's swarm, too.</summary>
    public static IEnumerable<Observation> SharedWithKubo(ClusterSubject subject)
    {
        if (!IsHex(subject.Secret.Text) || SwarmKey.ParseHex(Encoding.ASCII.GetBytes(subject.Secret.Text!), out _) is not { } secret) // IsHex says that there is one
        {
            yield break;
        }

        using (secret)
        {
            foreach (string path in subject.SwarmKeys)
            {
                FileContent content = subject.Host.Read(path);
                if (content.Bytes is null && !content.IsMissing)
                {
                    yield return Observation.Unknown($"whether `{path}` is the same key cannot be told: {content.Why}", subject.Secret);
                }
                else if (content.Bytes is { } bytes && SwarmKey.Parse(bytes, out _) is { } key)
                {
                    bool isSame = key.Equals(secret);
                    key.Dispose();
                    if (isSame)
                    {
                        yield return Observation.At($"the secret of the cluster is the key of Kubo's swarm in `{path}`, too", subject.Secret);
                    }
                }
            }
        }
    }

    /// <summary>What is wrong with a peer's secret as one, or null.</summary>
    public static SwarmKeyWeakness? WeaknessOf(ClusterSubject subject)
    {
        using SwarmKey? key = IsHex(subject.Secret.Text) ? SwarmKey.ParseHex(Encoding.ASCII.GetBytes(subject.Secret.Text!), out _) : null; // IsHex says that there is one
        return key?.FindWeakness();
    }

    private static IEnumerable<Observation> Missing(ClusterSubject subject, string consequence)
    {
        Setting secret = subject.Secret;
        if (secret.IsUnknown)
        {
            yield return Observation.Unknown($"the secret of the swarm cannot be told: {secret.Reason}", secret);
        }
        else if (subject.IsSwarmOpen)
        {
            yield return subject.RefusesOpenSwarm
                ? Observation.At(Severity.Medium, "the swarm has no secret; `LIBP2P_FORCE_PNET=1` keeps the peer from starting so", subject.Near(secret))
                : Observation.At($"the swarm has no secret: whoever reaches its port {consequence}", subject.Near(secret));
        }
    }

    private static bool Refuses(Launch launch) => launch.Environment.Find("LIBP2P_FORCE_PNET")?.Value == "1";

    private static bool IsHex(string? text) => text?.Length == 64 && text.All(char.IsAsciiHexDigit);

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    // A name that somebody chose, or one that trusts the other: the usual name alone says nothing.
    private static bool AreOneCluster(ClusterSubject one, ClusterSubject other)
    {
        string? name = one.At("consensus", "crdt", "cluster_name").Text;
        return (name is { Length: > 0 } and not TrustRules.UsualName && name == other.At("consensus", "crdt", "cluster_name").Text) || Trusts(one, other) || Trusts(other, one);
    }

    private static bool Trusts(ClusterSubject one, ClusterSubject other) =>
        other.Identity.At("id").Text is { Length: > 0 } id && (one.At("consensus", "crdt", "trusted_peers").AsTexts() ?? []).Contains(id);
}
