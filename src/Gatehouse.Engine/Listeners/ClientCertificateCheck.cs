using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Listeners;

/// <summary>
/// Verifies the client's certificate of one handshake: chain to the listener's CAs, in time, for clients. No revocation list
/// is fetched: those lists are a realm's. What the cluster has revoked, by public key, is refused at any place of the chain.
/// <see cref="Stands"/> looks again while the connection lives.
/// </summary>
internal sealed class ClientCertificateCheck(ClientCertificateMode mode, ClientAuthorities authorities, Func<string, bool> isRevoked)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private ClientAuthorities _authorities = authorities;
    private byte[]? _leaf;
    private byte[][] _sent = [];
    private string[] _keys = [];
    private DateTimeOffset _ends;

    /// <summary>Whether none came where one is required.</summary>
    public bool IsMissing { get; private set; }

    /// <summary>Whether one came and was refused.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>How the chain is built: only from what is given here and what the client sent.</summary>
    public static X509ChainPolicy MakePolicy(ClientAuthorities authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.NoFlag,
        };
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        policy.CustomTrustStore.AddRange(authorities.Anchors);
        policy.CustomTrustStore.AddRange(authorities.Supporting);
        return policy;
    }

    /// <summary>The callback of <see cref="SslStream"/>; runs on resumed handshakes too.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            IsMissing = mode == ClientCertificateMode.Required;
            return !IsMissing;
        }

        bool good = errors == SslPolicyErrors.None
            && chain is not null
            && certificate is X509Certificate2 leaf
            && IsForClients(leaf)
            && PassesAnchor(chain)
            && !Array.Exists(KeysOf(chain), key => isRevoked(key));
        IsRefused = !good;
        if (good)
        {
            Keep((X509Certificate2)certificate, chain!); // both by the above
        }

        return good;
    }

    /// <summary>
    /// Whether the certificate would be taken again: not revoked, in time, and by the authorities in force, which are looked at
    /// only when they have become others. True when none came.
    /// </summary>
    public bool Stands(ClientAuthorities now, DateTimeOffset time)
    {
        if (_leaf is not { } leaf)
        {
            return true;
        }

        if (time > _ends || Array.Exists(_keys, key => isRevoked(key)))
        {
            return false;
        }

        if (!ReferenceEquals(now, _authorities))
        {
            if (!IsVouchedFor(leaf, now, time))
            {
                return false;
            }

            _authorities = now;
        }

        return true;
    }

    private bool IsVouchedFor(byte[] bytes, ClientAuthorities now, DateTimeOffset time)
    {
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(bytes);
        using var chain = new X509Chain { ChainPolicy = MakePolicy(now) };
        chain.ChainPolicy.VerificationTime = time.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        foreach (byte[] sent in _sent)
        {
            chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(sent));
        }

        return chain.Build(leaf) && PassesAnchor(chain, now);
    }

    // As bytes: the certificates themselves go with the stream. What the operator's files hold is in the authorities.
    private void Keep(X509Certificate2 leaf, X509Chain chain)
    {
        X509Certificate2[] path = [.. chain.ChainElements.Select(static e => e.Certificate)];
        _leaf = leaf.RawData;
        _keys = KeysOf(chain);
        _ends = new DateTimeOffset(path.Min(static c => c.NotAfter.ToUniversalTime()));
        _sent = [.. path.Skip(1).Where(c => !_authorities.Anchors.Contains(c) && !_authorities.Supporting.Contains(c)).Select(static c => c.RawData)];
    }

    private static string[] KeysOf(X509Chain chain) =>
        [.. chain.ChainElements.Select(static e => Convert.ToHexStringLower(SHA256.HashData(e.Certificate.PublicKey.ExportSubjectPublicKeyInfo())))];

    // A certificate without the extension would pass the chain's policy as good for anything (RFC 5280 section 4.2.1.12).
    private static bool IsForClients(X509Certificate2 leaf)
    {
        foreach (X509Extension extension in leaf.Extensions)
        {
            if (extension is X509EnhancedKeyUsageExtension usage)
            {
                foreach (Oid oid in usage.EnhancedKeyUsages)
                {
                    if (oid.Value == ClientAuthentication)
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    // The supporting root signs more than clients (nodes, servers): it completes a chain, it does not vouch for one.
    private bool PassesAnchor(X509Chain chain) => PassesAnchor(chain, _authorities);

    private static bool PassesAnchor(X509Chain chain, ClientAuthorities authorities)
    {
        for (int i = 1; i < chain.ChainElements.Count; i++)
        {
            ReadOnlyMemory<byte> element = chain.ChainElements[i].Certificate.RawDataMemory;
            foreach (X509Certificate2 anchor in authorities.Anchors)
            {
                if (element.Span.SequenceEqual(anchor.RawDataMemory.Span))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
