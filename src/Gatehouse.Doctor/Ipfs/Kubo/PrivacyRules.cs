using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Doctor.Ipfs.Kubo;

/// <summary>Whether strangers take part in the swarm, and what stands around the node's keys.</summary>
internal static class PrivacyRules
{
    /// <summary>KU007: no key, and signs that somebody thinks the content is private.</summary>
    public static IEnumerable<Observation> PublicSwarm(KuboSubject subject)
    {
        if (subject.Folder is null)
        {
            return subject.Blindness is { } blind ? [blind] : [];
        }

        string path = $"{subject.Folder}/swarm.key";
        FileContent content = subject.Host.Read(path);
        if (content.Bytes is { } bytes)
        {
            return OfKey(path, bytes);
        }

        if (!content.IsMissing)
        {
            return [Observation.Of($"whether the swarm has a key cannot be told: {content.Why}", new Evidence(EvidenceKind.File, path, "not read")) with { IsUnknown = true }];
        }

        if (subject.Launches.FirstOrDefault()?.Environment.Find("LIBP2P_FORCE_PNET") is { Value: "1" } forced)
        {
            return [Observation.Of(Severity.Info, "there is no `swarm.key`; `LIBP2P_FORCE_PNET=1` keeps the node from starting without one", Shown.Of(forced))];
        }

        if (subject.Blindness is { } unknown)
        {
            return [unknown];
        }

        return SignOfPrivacy(subject) is { } sign
            ? [Observation.At($"there is no `swarm.key`, and {sign.Text}: whoever reaches the node takes part in its swarm and fetches its content", subject.Near(sign.Setting))]
            : [Observation.At(Severity.Info, "there is no `swarm.key`: the node takes part in the public network, and whoever knows a CID fetches the content", subject.Near(subject.At("Addresses", "Swarm")))];
    }

    /// <summary>KU008: files that others may open, and switches that take guards away.</summary>
    public static IEnumerable<Observation> Loose(KuboSubject subject)
    {
        if (subject.File is { } file)
        {
            foreach (Observation mode in FileModes.Check(subject.Host, file, "private key of the node, secrets of its users").Concat(FileModes.Check(subject.Host, $"{subject.Folder}/swarm.key", "key of the swarm")))
            {
                yield return mode with { Severity = Severity.High };
            }
        }

        foreach (Launch launch in subject.Launches)
        {
            if (CommandLine.Has(launch.Arguments, "unrestricted-api"))
            {
                yield return Observation.Of(Severity.Medium, "`--unrestricted-api` serves any content, scripts among it, from the origin of the RPC API", launch.Show("--unrestricted-api"));
            }

            if (launch.Environment.Find("API_ORIGIN") is { } origin && origin.Value is not { Length: 0 })
            {
                yield return origin.Value is null
                    ? Observation.Of("which origin `API_ORIGIN` lets use the RPC API is not known here", Shown.Of(origin)) with { IsUnknown = true }
                    : Observation.Of(origin.Value.Contains('*', StringComparison.Ordinal) ? Severity.High : Severity.Medium, "`API_ORIGIN` lets pages of another origin use the RPC API, past the configuration", Shown.Of(origin));
            }

            if (launch.Environment.Find("API_ORIGIN") is null && launch.WhyUnseen is { } why)
            {
                yield return Observation.Of($"whether `API_ORIGIN` is set cannot be told: {why}", launch.Show("environment not readable")) with { IsUnknown = true };
            }
        }
    }

    private static IEnumerable<Observation> OfKey(string path, byte[] bytes)
    {
        var place = new Evidence(EvidenceKind.File, path, "swarm key");
        using SwarmKey? key = SwarmKey.Parse(bytes, out string why);
        if (key is null)
        {
            return [Observation.Of(Severity.Medium, $"the file is no key, and the node does not start: {why}", place)];
        }

        return key.FindWeakness() is { } weakness ? [Observation.Of($"the key of the swarm {WeakKeys.Describe(weakness)}", place)] : [];
    }

    // What one sets up for a network of one's own.
    private static (string Text, Setting Setting)? SignOfPrivacy(KuboSubject subject)
    {
        Setting routing = subject.At("Routing", "Type");
        if (routing.Text == "none")
        {
            return ("routing is switched off", routing);
        }

        Setting bootstrap = subject.At("Bootstrap");
        return bootstrap.Kind is SettingKind.Null || (bootstrap.Kind == SettingKind.List && bootstrap.Children.IsEmpty)
            ? ("no peer of the public network is known to it", bootstrap)
            : bootstrap.Kind == SettingKind.List && bootstrap.Children.All(static c => IsPrivate(c.Text))
            ? ("all peers that it begins with are in private networks", bootstrap)
            : null;
    }

    private static bool IsPrivate(string? address) =>
        address?.Split('/') is [_, "ip4" or "ip6", string text, ..] && System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? ip) && PrivateNetworks.Contain(ip);
}
