using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Listeners;

/// <summary>
/// Verifies the client's certificate of one handshake: chain to the listener's CAs, in time, for clients. No revocation list
/// is fetched; revocation goes by public key on every request.
/// </summary>
internal sealed class ClientCertificateCheck(ClientCertificateMode mode, ClientAuthorities authorities)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

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
            && PassesAnchor(chain);
        IsRefused = !good;
        return good;
    }

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
    private bool PassesAnchor(X509Chain chain)
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
