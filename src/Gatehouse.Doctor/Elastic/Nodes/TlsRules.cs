using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>TLS of listeners and realms: ES-010 to ES-015.</summary>
internal static class TlsRules
{
    private static readonly string[] OldProtocols = ["SSLv2Hello", "SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"];
    private static readonly string[] WeakParts = ["_CBC_", "_RC4_", "3DES", "_NULL_", "EXPORT", "_DES_", "_anon_"];

    /// <summary>ES-010: clients talk in plain text.</summary>
    public static IEnumerable<Observation> HttpIsPlain(NodeSubject node)
    {
        Known tls = node.SpeaksTls(node.Http);
        Reach reach = node.HttpReach;
        if (node.AwaitsSetUp)
        {
            yield return Observation.Unknown("the node was not started yet; its first start sets TLS up, if nothing keeps it from that");
        }
        else if (tls.Value is null)
        {
            yield return Observation.Unknown(tls.Text) with { Evidence = tls.Evidence };
        }
        else if (tls.Value == false)
        {
            if (reach.Kind == Reaching.Unknown)
            {
                yield return Observation.Unknown($"{tls.Text}; who reaches the port is not known, because {reach.Text}") with { Evidence = [.. tls.Evidence, .. reach.Evidence] };
                yield break;
            }

            yield return Observation.Of(
                reach.IsExposed ? Severity.Critical : Severity.Low,
                $"passwords and data pass in plain text: {tls.Text}, and {reach.Text}",
                [.. tls.Evidence, .. reach.Evidence]);
        }
    }

    /// <summary>ES-011: nodes talk in plain text.</summary>
    public static IEnumerable<Observation> TransportIsPlain(NodeSubject node)
    {
        Known tls = node.SpeaksTls(node.Transport);
        Reach reach = node.TransportReach;
        if (node.AwaitsSetUp)
        {
            yield return Observation.Unknown("the node was not started yet; its first start sets TLS up, if nothing keeps it from that");
        }
        else if (tls.Value is null)
        {
            yield return Observation.Unknown(tls.Text) with { Evidence = tls.Evidence };
        }
        else if (tls.Value == false && (reach.IsExposed || node.HasNeighbours == true))
        {
            string why = reach.IsExposed ? reach.Text : "it belongs to a cluster of several nodes";
            yield return Observation.Of($"whoever reaches the port can join as a node: {tls.Text}, and {why}", [.. tls.Evidence, .. reach.Evidence]);
        }
        else if (tls.Value == false && (reach.Kind == Reaching.Unknown || node.HasNeighbours is null))
        {
            yield return Observation.Unknown($"{tls.Text}; whether others reach the port, or belong to its cluster, is not known") with { Evidence = [.. tls.Evidence, .. reach.Evidence] };
        }
    }

    /// <summary>ES-012: nodes do not look whom they talk to.</summary>
    public static IEnumerable<Observation> NodesAreNotVerified(NodeSubject node)
    {
        if (node.Security.Value == false || node.SpeaksTls(node.Transport).Value == false)
        {
            yield break;
        }

        foreach (Observation observation in new[] { node.Transport }.Concat(node.Profiles).SelectMany(end => NodesAreNotVerified(node, end)))
        {
            yield return observation;
        }
    }

    private static IEnumerable<Observation> NodesAreNotVerified(NodeSubject node, TlsEnd end)
    {
        Setting mode = end.Verification, shown = end.ClientAuthentication;
        if (!node.IsOpenSearch && shown.IsUnknown && !node.Settings.IsPartial)
        {
            yield return shown.Doubt();
        }
        else if (!node.IsOpenSearch && shown.Text?.ToLowerInvariant() is "none" or "optional")
        {
            yield return Observation.At(Severity.High, $"whoever reaches the {end.What} port needs no certificate to speak as a node", shown);
        }

        if (mode.IsUnknown)
        {
            yield return mode.Doubt();
        }
        else if (mode.HasValue() && mode.Text?.ToLowerInvariant() is { } word && word is "none" or "certificate" or "false" && word == "false" == node.IsOpenSearch)
        {
            yield return word == "none"
                ? Observation.At(Severity.High, "any certificate is taken from another node, a self-made one too", mode)
                : Observation.At(Severity.Low, "the certificate of one node is good for every other: names are not compared", mode);
        }
    }

    /// <summary>ES-013: certificates are the only way to log in, and are not demanded.</summary>
    public static IEnumerable<Observation> ClientsNeedNoCertificate(NodeSubject node)
    {
        bool? isOnly = node.IsOpenSearch ? SecurityFolder.HasOnlyCertificates(node) : HasOnlyPki(node);
        Setting wanted = node.Http.ClientAuthentication;
        if (isOnly is null)
        {
            yield return Observation.Unknown("which realms there are cannot be told", node.Settings["xpack.security.authc.realms"]);
        }
        else if (isOnly == true && wanted.IsUnknown)
        {
            yield return wanted.Doubt();
        }
        else if (isOnly == true && !(wanted.Text?.StartsWith("requir", StringComparison.OrdinalIgnoreCase) ?? false))
        {
            yield return Observation.Of("only client certificates log in, and connections without one are let as far as the HTTP layer", node.Stands(wanted));
        }
    }

    /// <summary>ES-014: versions of TLS that are broken.</summary>
    public static IEnumerable<Observation> OldVersions(NodeSubject node) =>
        Listed(node, static end => end.Protocols, word => OldProtocols.Contains(word, StringComparer.OrdinalIgnoreCase), "takes versions that are broken").Concat(OldByDefault(node));

    // Up to version 8 TLS 1.1 is among the defaults; whether Java still speaks it depends on Java.
    private static IEnumerable<Observation> OldByDefault(NodeSubject node)
    {
        TlsEnd[] ends = node.IsOpenSearch || node.Release is not { Major: 7 or 8 } || node.Settings.IsPartial || node.AwaitsSetUp ? []
            : [.. new[] { node.Http, node.Transport }.Where(end => !end.Protocols.IsSet && node.SpeaksTls(end).Value == true)];
        if (ends.Length > 0)
        {
            yield return Observation.Of(
                Severity.Info,
                $"{string.Join(" and ", ends.Select(static end => end.What))} may take `TLSv1.1`, which is among this version's defaults and left to Java to refuse",
                [.. ends.SelectMany(end => node.Stands(end.Protocols))]);
        }
    }

    /// <summary>ES-015: suites that are broken, or keep no secret for later.</summary>
    public static IEnumerable<Observation> WeakSuites(NodeSubject node) => Listed(node, static end => end.Ciphers, IsWeak, "takes suites that are weak");

    private static IEnumerable<Observation> Listed(NodeSubject node, Func<TlsEnd, Setting> which, Func<string, bool> isBad, string text)
    {
        foreach (TlsEnd end in node.Ends)
        {
            Setting list = which(end);
            if (list.IsDoubtful())
            {
                // One sentence for a file that nothing can be told of is enough.
                if (!node.Settings.IsPartial || end.Prefix == node.Http.Prefix)
                {
                    yield return list.Doubt();
                }

                continue;
            }

            ImmutableArray<string> bad = [.. list.Words().Where(isBad)];
            if (!bad.IsEmpty)
            {
                yield return Observation.At($"{end.What} {text}: {string.Join(", ", bad.Take(5).Select(static b => $"`{b}`"))}", list);
            }
        }
    }

    // Suites of TLS 1.3 name no key exchange; of the older ones ECDHE (or DHE) with an AEAD alone is good.
    private static bool IsWeak(string suite)
    {
        string name = suite.Replace('-', '_').ToUpperInvariant();
        bool isAead = name.Contains("GCM", StringComparison.Ordinal) || name.Contains("CHACHA20", StringComparison.Ordinal) || name.Contains("CCM", StringComparison.Ordinal);
        bool isStatic = name.Contains("_WITH_", StringComparison.Ordinal) && !name.Contains("DHE_", StringComparison.Ordinal);
        return !isAead || isStatic || WeakParts.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));
    }

    // The realms file and native are there by themselves unless they are switched off by name.
    private static bool? HasOnlyPki(NodeSubject node)
    {
        Setting all = node.Settings["xpack.security.authc.realms"];
        if (all.IsDoubtful() && all.Children.IsEmpty)
        {
            return all.IsUnknown ? null : false;
        }

        string[] types = [.. node.Realms.Select(static realm => realm.Type).Distinct(StringComparer.Ordinal)];
        return types is ["pki"] && IsOff(node, "file") && IsOff(node, "native");
    }

    private static bool IsOff(NodeSubject node, string type)
    {
        string path = $"xpack.security.authc.realms.{type}";
        return node.Settings.Names(path).Any() && node.Settings.Names(path).All(name => node.Settings[$"{path}.{name}.enabled"].Flag(true) == false);
    }
}
