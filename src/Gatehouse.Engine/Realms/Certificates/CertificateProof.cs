using System.Collections.Immutable;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Realms.Certificates;

/// <summary>
/// An authority as its revocation lists know it, by name and key (RFC 5280 section 6.3.3): a renewed authority's lists are
/// those of the old one.
/// </summary>
internal sealed class AuthorityKey : IEquatable<AuthorityKey>
{
    private readonly byte[] _name;
    private readonly byte[] _key;

    private AuthorityKey(byte[] name, byte[] key)
    {
        _name = name;
        _key = key;
    }

    /// <summary>Of its certificate.</summary>
    public static AuthorityKey Of(X509Certificate2 authority) => new(authority.SubjectName.RawData, authority.PublicKey.ExportSubjectPublicKeyInfo());

    /// <inheritdoc/>
    public bool Equals(AuthorityKey? other) => other is not null && _name.AsSpan().SequenceEqual(other._name) && _key.AsSpan().SequenceEqual(other._key);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AuthorityKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_name);
        hash.AddBytes(_key);
        return hash.ToHashCode();
    }
}

/// <summary>One certificate of a path, as far as revocation lists look at it.</summary>
/// <param name="Serial">Its number.</param>
/// <param name="Issuer">Who made it.</param>
internal readonly record struct CertificateLink(BigInteger Serial, AuthorityKey Issuer)
{
    /// <summary>The links of a path from the leaf up to its anchor, which has none.</summary>
    public static ImmutableArray<CertificateLink> Of(X509Certificate2[] path) =>
    [
        .. Enumerable.Range(0, path.Length - 1).Select(i => new CertificateLink(
            new BigInteger(path[i].SerialNumberBytes.Span, isUnsigned: false, isBigEndian: true), AuthorityKey.Of(path[i + 1]))),
    ];
}

/// <summary>A login by certificate rests on the revocation lists that were read last. Holds no certificate: that goes with its connection.</summary>
internal sealed class CertificateProof(RevocationLists lists, ImmutableArray<CertificateLink> path) : IProof
{
    private volatile Judged? _judged;

    /// <inheritdoc/>
    public bool Stands(DateTimeOffset now)
    {
        // The epoch first: lists that come in between are judged the next time.
        int epoch = lists.Epoch;
        if (_judged is not { } judged || judged.Epoch != epoch || judged.Until <= now)
        {
            bool isGood = lists.Judge(path, now, out DateTimeOffset until) is null;
            _judged = judged = new Judged(epoch, isGood, isGood ? until : DateTimeOffset.MaxValue);
        }

        return judged.IsGood && !lists.IsClosed;
    }

    private sealed record Judged(int Epoch, bool IsGood, DateTimeOffset Until);
}
