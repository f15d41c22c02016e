using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>TLS settings of all three doors, as far as the file alone tells.</summary>
internal static class TlsChecks
{
    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.EachTls("IGN-TLS-001", NamesNoStore),
        Scope.EachTls("IGN-TLS-003", HasWeakPassword),
        Scope.EachTls("IGN-TLS-004", AllowsWeakCiphers),
        Scope.EachTls("IGN-TLS-005", LeavesCiphersOpen),
        Scope.EachTls("IGN-TLS-006", HasOldStores),
        Scope.Node("IGN-TLS-008", SharesStores),
    ];

    private static IEnumerable<Observation> NamesNoStore(IgniteSubject subject, IgniteFile file, IgniteChannel channel)
    {
        string key = channel.Tls("keyStore.path"), trust = channel.Tls("trustStore.path");
        if (file.Text(key) is not { } keyStore)
        {
            yield return file.Unsure(key);
        }
        else if (string.IsNullOrWhiteSpace(keyStore))
        {
            yield return Observation.Of($"TLS of {channel.Words} is on and has no key store: Ignite takes the file and fails when it opens the port", file.Show(key), file.Show(channel.Tls("enabled")));
        }

        // IGN-CLI-006 says it of the client connector.
        if (channel == IgniteChannel.Client || channel.ClientAuth(file) is not ("optional" or "require"))
        {
            yield break;
        }

        if (file.Text(trust) is not { } trustStore)
        {
            yield return file.Unsure(trust);
        }
        else if (string.IsNullOrWhiteSpace(trustStore))
        {
            yield return Observation.Of($"{channel.Words} asks for certificates and has no trust store that says whose are good", file.Show(trust), file.Show(channel.Tls("clientAuth")));
        }
    }

    private static IEnumerable<Observation> HasWeakPassword(IgniteSubject subject, IgniteFile file, IgniteChannel channel)
    {
        Setting password = file.At(channel.Tls("keyStore.password")), other = file.At(channel.Tls("trustStore.password"));
        if (IgniteFile.TextOf(password) is not { } text)
        {
            yield return file.Unsure(password);
        }
        else if (text == IgniteFile.MaskedByIgnite)
        {
            yield return new Observation($"the password of the key store of {channel.Words} does not stand in this file, so nothing can be said of it", [file.Show(password)]) { IsUnknown = true };
        }
        else if (string.IsNullOrWhiteSpace(text))
        {
            yield return Observation.Of($"the key store of {channel.Words} has no password", file.Show(password));
        }
        else if (text == "changeit")
        {
            yield return Observation.Of($"the key store of {channel.Words} has the password of Java's own examples", file.Show(password));
        }
        else if (IgniteFile.TextOf(other) == text)
        {
            yield return Observation.Of($"key store and trust store of {channel.Words} have one password", file.Show(password), file.Show(other));
        }
    }

    private static IEnumerable<Observation> AllowsWeakCiphers(IgniteSubject subject, IgniteFile file, IgniteChannel channel)
    {
        Setting ciphers = file.At(channel.Tls("ciphers"));
        if (NamesOf(ciphers) is not { } names)
        {
            yield return file.Unsure(ciphers);
            yield break;
        }

        foreach (string name in names)
        {
            if (WeakCipher.Why(name) is { } why)
            {
                yield return Observation.Of($"{channel.Words} allows `{name}`: {why}", file.Show(ciphers));
            }
        }
    }

    private static IEnumerable<Observation> LeavesCiphersOpen(IgniteSubject subject, IgniteFile file, IgniteChannel channel)
    {
        Setting ciphers = file.At(channel.Tls("ciphers"));
        if (NamesOf(ciphers) is not { } names)
        {
            yield return file.Unsure(ciphers);
        }
        else if (names.IsEmpty)
        {
            yield return Observation.Of($"{channel.Words} takes what the Java machine allows, TLS 1.2 among it: there is no setting for the protocol's version", file.Show(ciphers));
        }
    }

    private static IEnumerable<Observation> HasOldStores(IgniteSubject subject, IgniteFile file, IgniteChannel channel)
    {
        foreach (string store in new[] { "keyStore", "trustStore" })
        {
            Setting type = file.At(channel.Tls($"{store}.type"));
            if (IgniteFile.TextOf(type, "PKCS12") is not { } word)
            {
                yield return file.Unsure(type);
            }
            else if (word.Equals("JKS", StringComparison.OrdinalIgnoreCase))
            {
                yield return Observation.Of($"{channel.Words}: `{type.Path.Parent.Name}` is of Java's old format, which guards what is in it weakly", file.Show(type));
            }
        }
    }

    // Where clients and nodes have one store, whoever is trusted as a client is trusted as a node.
    private static IEnumerable<Observation> SharesStores(IgniteSubject subject, IgniteFile file)
    {
        IgniteChannel network = IgniteChannel.Network;
        if (network.IsTls(file) is not { } isTls)
        {
            yield return file.Unsure(network.Tls("enabled"));
        }
        else if (isTls)
        {
            foreach (string store in new[] { "keyStore.path", "trustStore.path" })
            {
                string? own = file.Text(network.Tls(store));
                ImmutableArray<IgniteChannel> same =
                [
                    .. new[] { IgniteChannel.Client, IgniteChannel.Rest }.Where(channel => !string.IsNullOrWhiteSpace(own) && channel.IsTls(file) == true && file.Text(channel.Tls(store)) == own),
                ];
                if (!same.IsEmpty)
                {
                    // Keys that lie side by side for one process are lost together, however many there are; who is trusted is what tells nodes from clients.
                    yield return Observation.Of(
                        store[0] == 'k' ? Severity.Info : Severity.Low,
                        $"{network.Words} shares its {(store[0] == 'k' ? "key store" : "trust store")} with {string.Join(" and ", same.Select(static channel => channel.Words))}",
                        [file.Show(network.Tls(store)), .. same.Select(channel => file.Show(channel.Tls(store)))]);
                }
            }
        }
    }

    private static ImmutableArray<string>? NamesOf(Setting ciphers) => IgniteFile.IsGiven(ciphers) ? ciphers.AsCommaTexts() : [];
}
