using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>Certificates, and who may read their keys: ES-016 to ES-018.</summary>
internal static class CertificateRules
{
    private const int FewestBits = 2048;

    // The first start's own store holds the authority with its key, so that it can be handed to nodes that enrol.
    private const string FirstStartStore = "certs/http.p12", FirstStartTransport = "certs/transport.p12";

    private static readonly byte[] FirstStartMark = [.. "BEGIN SECURITY AUTO CONFIGURATION"u8];

    private static readonly string[] AuthorityKeys =
        ["ca.key", "ca-key.pem", "ca.key.pem", "root-ca-key.pem", "root-ca.key", "rootca.key", "root_ca.key", "cakey.pem", "elastic-stack-ca.p12", "http_ca.key", "http-ca.key", "ca.p12", "root-ca.p12"];

    /// <summary>ES-016: certificates that have ended, end soon, or are weak.</summary>
    public static IEnumerable<Observation> CertificatesAreBad(NodeSubject node)
    {
        foreach (StoredCertificate stored in node.Certificates)
        {
            if (stored.Leaf is null || stored.Facts is null)
            {
                yield return Observation.Unknown($"the {stored.End.What} certificate in `{stored.Setting.Text}` cannot be looked at: {stored.Why}", stored.Setting);
                continue;
            }

            foreach ((Severity severity, string text) in Faults(node, stored, stored.Leaf, stored.Facts))
            {
                yield return Observation.At(severity, $"the {stored.End.What} certificate in `{stored.Setting.Text}` {text}", stored.Setting);
            }
        }
    }

    /// <summary>ES-017: keys that others may read, a folder that others may write.</summary>
    public static IEnumerable<Observation> KeysAreOpen(NodeSubject node)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        IEnumerable<string?> files =
        [
            node.Keystore?.Path,
            .. node.Ends.SelectMany(static end => end.KeyFiles).Select(key => key.Text is null ? null : node.Locate(key.Text)),
        ];
        foreach (string path in files.OfType<string>().Where(seen.Add))
        {
            if (node.Host.Look(path) is { Status.IsFile: true } file && (file.Status.Mode & 0x7) != 0)
            {
                yield return Observation.Of("users that are neither its owner nor in its group get at the key store or key", Shown.Of(file, node.Host));
            }
        }

        IEnumerable<string?> places = [node.Folder, node.MainFile, .. seen.Select(Path.GetDirectoryName)];
        foreach (string path in places.OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (node.Host.Look(path) is { } place && place.Status.OthersWrite && (place.Status.Mode & 0x200) == 0)
            {
                yield return Observation.Of("everybody on the host may change the configuration", Shown.Of(place, node.Host));
            }
        }
    }

    /// <summary>ES-018: one key on all nodes, or an authority's key on a node.</summary>
    public static IEnumerable<Observation> KeysAreShared(NodeSubject node)
    {
        foreach (StoredCertificate stored in node.Certificates.Where(static s => s.Facts is not null))
        {
            string[] peers = [.. Neighbours(node).Where(name => Covers(stored.Facts?.Names ?? [], name))];
            if (peers.Length > 1)
            {
                yield return Observation.At(Severity.Medium, $"the {stored.End.What} certificate is good for several nodes ({string.Join(", ", peers.Take(3).Select(static p => $"`{p}`"))}), so they share its key", stored.Setting);
            }

            if (stored.HasAuthorityKey && stored.Setting.Text != FirstStartStore)
            {
                yield return Observation.At(Severity.High, "an authority lies with private keys in the node's key store", stored.Setting);
            }
        }

        if (node.Http.Keystore is { Text: FirstStartStore } http && !node.IsOpenSearch && HoldsAuthority(node, http) is not false and var holds)
        {
            const string Text = "the store that the first start made holds the HTTP authority's private key";
            yield return holds == true ? Observation.At(Severity.Medium, Text, http) : Observation.Unknown($"whether {Text} cannot be seen", http) with { Severity = Severity.Medium };
        }

        if (node.Transport.Keystore is { Text: FirstStartTransport } transport && node.HasNeighbours == true && !node.IsOpenSearch)
        {
            yield return Observation.At(Severity.Medium, "nodes that enrolled have the same transport key as the first one", transport);
        }

        foreach (Evidence key in AuthorityKeysOf(node))
        {
            yield return Observation.Of(Severity.High, "an authority's private key lies on the node: whoever has it makes certificates for every node and user", key);
        }
    }

    // The store itself says it; where it cannot be opened, what the first start writes into the file does.
    private static bool? HoldsAuthority(NodeSubject node, Setting store) =>
        node.Certificates.FirstOrDefault(s => s.Setting.Path.Equals(store.Path)) is { Facts: not null } stored ? stored.HasAuthorityKey
        : node.MainFile is { } file && node.Host.Read(file).Bytes is { } bytes && bytes.AsSpan().IndexOf(FirstStartMark) >= 0 ? true
        : null;

    private static IEnumerable<(Severity Severity, string Text)> Faults(NodeSubject node, StoredCertificate stored, X509Certificate2 leaf, CertificateFacts facts)
    {
        DateTimeOffset now = node.Host.Now;
        if (facts.NotAfter < now)
        {
            yield return (Severity.High, $"expired on {facts.NotAfter:yyyy-MM-dd}");
        }
        else if (facts.NotAfter < now.AddDays(30))
        {
            yield return (Severity.Medium, $"ends on {facts.NotAfter:yyyy-MM-dd}, in less than 30 days");
        }

        string signature = leaf.SignatureAlgorithm.FriendlyName ?? "";
        if (signature.Contains("sha1", StringComparison.OrdinalIgnoreCase) || signature.Contains("md5", StringComparison.OrdinalIgnoreCase))
        {
            yield return (Severity.High, $"is signed with {signature}, which can be forged");
        }

        if (facts.Key.StartsWith("rsa-", StringComparison.Ordinal) && int.Parse(facts.Key.AsSpan(4), CultureInfo.InvariantCulture) is int bits and < FewestBits)
        {
            yield return (Severity.High, $"has an RSA key of {bits} bits");
        }

        bool isCompared = stored.End.Prefix == node.Http.Prefix || stored.End.Verification.Text is not ("none" or "certificate" or "false");
        if (isCompared && !facts.IsAuthority && facts.Names.IsEmpty)
        {
            yield return (Severity.Medium, "has no alternative names, so nobody can verify which node it is");
        }
        else if (isCompared && OwnName(node, stored.End) is { } name && !Covers(facts.Names, name))
        {
            yield return (Severity.Medium, $"is not made for this node: `{name}` is not among its names");
        }
    }

    // Only a name that the node tells the others: its own host name may differ from what clients call it.
    private static string? OwnName(NodeSubject node, TlsEnd end) =>
        new[] { end.Prefix == node.Http.Prefix ? "http.publish_host" : "transport.publish_host", "network.publish_host" }.Select(path => node.Settings[path].Text).FirstOrDefault(static text => text is { Length: > 0 } && text[0] != '_');

    private static IEnumerable<string> Neighbours(NodeSubject node) =>
        node.Settings["discovery.seed_hosts"].Words().Concat(node.Settings["discovery.zen.ping.unicast.hosts"].Words())
            .Select(Addresses.HostOf)
            .Where(host => !Reach.IsLoopback(host, node)).Distinct(StringComparer.OrdinalIgnoreCase);

    // `*.example.com` stands for one label.
    private static bool Covers(ImmutableArray<string> names, string host) => names.Any(name =>
        string.Equals(name, host, StringComparison.OrdinalIgnoreCase)
        || (name.StartsWith("*.", StringComparison.Ordinal) && host.IndexOf('.', StringComparison.Ordinal) is > 0 and int dot && host.AsSpan(dot).Equals(name.AsSpan(1), StringComparison.OrdinalIgnoreCase)));

    private static IEnumerable<Evidence> AuthorityKeysOf(NodeSubject node)
    {
        string[] folders = [".", "certs", "certs/ca", "certificates", "certificates/ca", "ca", "ssl", "tls"];
        foreach (string place in folders.Select(node.Locate).OfType<string>())
        {
            foreach (string name in node.Host.List(place).Where(static name => AuthorityKeys.Contains(name, StringComparer.OrdinalIgnoreCase)))
            {
                if (node.Host.Look($"{place}/{name}") is { Status.IsFile: true } file)
                {
                    yield return Shown.Of(file, node.Host);
                }
            }
        }
    }
}
