using System.Collections.Immutable;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Hardening.Certificates;

/// <summary>A certificate that a hardened system needs, and where it goes.</summary>
public sealed record CertificateWish
{
    /// <summary>The cluster's profile: <c>erlang</c>.</summary>
    public required string Profile { get; init; }

    /// <summary>DNS names and addresses that it carries.</summary>
    public required ImmutableArray<string> Names { get; init; }

    /// <summary>What it is for, for people.</summary>
    public required string Purpose { get; init; }

    /// <summary>Rights of what holds the private key.</summary>
    public required FileRights Rights { get; init; }

    /// <summary>As PEM files, or null.</summary>
    public PemPlaces? Pem { get; init; }

    /// <summary>As PKCS#12 stores, or null.</summary>
    public StorePlaces? Store { get; init; }

    /// <summary>Why what is there does not do: "there is none".</summary>
    public string? Why { get; init; }

    /// <summary>Its files, and whether everybody may read them.</summary>
    public ImmutableArray<(string Path, bool IsPublic)> Places =>
        Pem is not null ? [(Pem.Key, false), (Pem.Certificate, true), (Pem.Authority, true)]
        : Store is not null ? [(Store.Keys, false), (Store.Trust, false)]
        : [];

    /// <summary>Rights of one of its files.</summary>
    public FileRights RightsOf(bool isPublic) => isPublic ? Rights with { Mode = 0x1A4 } : Rights; // 0644

    /// <summary>Its purpose and names, no password.</summary>
    public override string ToString() => $"{Purpose}: {string.Join(", ", Names)}";
}

/// <summary>PEM files.</summary>
/// <param name="Key">Private key, PKCS#8.</param>
/// <param name="Certificate">Certificate and what is above it.</param>
/// <param name="Authority">The root.</param>
public sealed record PemPlaces(string Key, string Certificate, string Authority);

/// <summary>PKCS#12 stores.</summary>
/// <param name="Keys">Private key and certificate.</param>
/// <param name="Trust">The root as a trust store.</param>
/// <param name="Alias">The entry's alias.</param>
/// <param name="KeysPassword">Password of the first.</param>
/// <param name="TrustPassword">Password of the second.</param>
public sealed record StorePlaces(string Keys, string Trust, string Alias, string KeysPassword, string TrustPassword)
{
    /// <summary>Its files, no password.</summary>
    public override string ToString() => $"{Keys} {Trust}";
}

/// <summary>A certificate with its key, wherever it is from.</summary>
/// <param name="Key">The private key.</param>
/// <param name="Pem">The certificate.</param>
/// <param name="Chain">What stands between it and the root; may be empty.</param>
/// <param name="Root">The root.</param>
public sealed record CertificateMaterial(LeafKey Key, string Pem, string Chain, string Root) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();

    /// <summary>No key.</summary>
    public override string ToString() => nameof(CertificateMaterial);
}

/// <summary>Who issues certificates: the running daemon, or files of the administrator's own.</summary>
public interface ICertificateSource
{
    /// <summary>Gives one.</summary>
    /// <param name="wish">What it shall say.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task<CertificateMaterial> IssueAsync(CertificateWish wish, CancellationToken cancellation);
}
