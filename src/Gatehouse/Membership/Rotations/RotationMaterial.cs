using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Gatehouse.Membership.Rotations;

/// <summary>One authority, secret or data key of the cluster state, as rotations see it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Phase">How far it is.</param>
/// <param name="Fingerprint">What nodes are compared by: SHA-256 in lower-case hex.</param>
public readonly record struct RotationMaterial(string Id, TrustPhase Phase, string Fingerprint)
{
    /// <summary>All of a kind, in the order of the cluster state.</summary>
    public static ImmutableArray<RotationMaterial> Of(MembershipDocument membership, string kind) => kind switch
    {
        RotationKinds.Ca => [.. membership.Authorities.Select(static a => new RotationMaterial(a.Id, a.Phase, FingerprintOf(a)))],
        RotationKinds.Secret => [.. membership.Secrets.Select(static s => new RotationMaterial(s.Id, s.Phase, FingerprintOfSecret(s.Value)))],
        RotationKinds.DataKey => [.. membership.DataKeys.Select(static k => new RotationMaterial(k.Id, k.Phase, FingerprintOfDataKey(k.Id)))],
        _ => [],
    };

    /// <summary>What every node holds once it follows the cluster state: all are accepted, the active one is used.</summary>
    public static Holding Expected(MembershipDocument membership, string kind)
    {
        ImmutableArray<RotationMaterial> all = Of(membership, kind);
        return new Holding(
            all.Select(static m => m.Fingerprint),
            all.Where(static m => m.Phase == TrustPhase.Active).Select(static m => m.Fingerprint));
    }

    /// <summary>Of an authority: its root and both intermediates, so that new intermediates below an old root are another one.</summary>
    public static string FingerprintOf(AuthorityDocument authority) => FingerprintOfAuthority(authority.Root, authority.Nodes, authority.Users);

    /// <summary>Of an authority's certificates (DER).</summary>
    public static string FingerprintOfAuthority(ReadOnlySpan<byte> root, ReadOnlySpan<byte> nodes, ReadOnlySpan<byte> users)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(root));
        hash.AppendData(SHA256.HashData(nodes));
        hash.AppendData(SHA256.HashData(users));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Of a secret: 256 random bits, so that their hash says nothing of them.</summary>
    public static string FingerprintOfSecret(ReadOnlySpan<byte> value)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("gatehouse/rotation/secret/v1"u8);
        hash.AppendData(value);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Of a data key: its id stands for it.</summary>
    public static string FingerprintOfDataKey(string id) => id;

    /// <summary>The membership with other phases: <paramref name="phase"/> says which, null drops.</summary>
    internal static MembershipDocument Change(MembershipDocument membership, string kind, Func<string, TrustPhase, TrustPhase?> phase) => kind switch
    {
        RotationKinds.Ca => membership with
        {
            Authorities = [.. from a in membership.Authorities let next = phase(a.Id, a.Phase) where next is not null select a with { Phase = next.Value }],
        },
        RotationKinds.Secret => membership with
        {
            Secrets = [.. from s in membership.Secrets let next = phase(s.Id, s.Phase) where next is not null select s with { Phase = next.Value }],
        },
        RotationKinds.DataKey => membership with
        {
            DataKeys = [.. from k in membership.DataKeys let next = phase(k.Id, k.Phase) where next is not null select k with { Phase = next.Value }],
        },
        _ => membership,
    };
}
