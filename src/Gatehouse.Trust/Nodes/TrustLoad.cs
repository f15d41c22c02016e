using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Files;

namespace Gatehouse.Trust.Nodes;

/// <summary>What a start found or made besides the node's own key.</summary>
internal sealed record TrustLoad(ClusterCa Ca, TrustView View, MembershipDocument Known, IssuedCertificate Server, IssuedCertificate Mesh)
{
    private const string Place = "trust/known";

    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The part of the membership that a start needs.</summary>
    public static MembershipDocument WhatIsKept(MembershipDocument membership) => new()
    {
        Nodes = membership.Nodes,
        Authorities = membership.Authorities,
        Secrets = membership.Secrets,
        DataKeys = membership.DataKeys,
    };

    public static byte[] Write(MembershipDocument known) => JsonSerializer.SerializeToUtf8Bytes(known, TrustJson.Default.MembershipDocument);

    /// <exception cref="ProblemException">GH3031.</exception>
    public static TrustView ViewOf(MembershipDocument known)
    {
        try
        {
            return new TrustView
            {
                Authorities = [.. known.Authorities.OrderBy(static a => Order(a.Phase)).Select(TrustedAuthority.Of)],
                Secrets = [.. known.Secrets.OrderBy(static s => Order(s.Phase)).Select(static s => (ReadOnlyMemory<byte>)s.Value)],
            };
        }
        catch (CryptographicException fault)
        {
            throw TrustProblems.TrustInconsistent.Exception("a certificate of an authority cannot be read", null, fault);
        }
    }

    /// <summary>The active authority, with its keys where they are wrapped to this node.</summary>
    /// <exception cref="ProblemException">GH3021, GH3031.</exception>
    public static ClusterCa CaOf(MembershipDocument known, NodeFile node, NodeKey key)
    {
        AuthorityDocument active = known.ActiveAuthority ?? throw TrustProblems.TrustInconsistent.Exception("no authority of the cluster is active");
        if (!active.Keys.TryGetValue(node.NodeId, out byte[]? wrapped))
        {
            return ClusterCa.Known(node.ClusterId, TrustedAuthority.Of(active));
        }

        byte[] opened = key.Unwrap("ca/" + node.ClusterId, wrapped, "authority " + active.Id);
        ClusterCa ca = ClusterCa.Import(node.ClusterId, opened);
        CryptographicOperations.ZeroMemory(opened);
        return ca;
    }

    /// <summary>What was kept, or null where the cluster state has said nothing yet.</summary>
    /// <exception cref="ProblemException">GH3031.</exception>
    public static KnownFile? Read(TrustFiles files, NodeKey key)
    {
        if (SecretFile.ReadIfExists(files.Known) is not { } content)
        {
            return null;
        }

        byte[]? opened = key.Sealer.TryOpen(Place, 0, content);
        try
        {
            return opened is not null && JsonSerializer.Deserialize(opened, TrustJson.Default.KnownFile) is { Format: 1 } file
                && file.Membership is { ActiveAuthority: not null, ActiveSecret: not null }
                ? file
                : throw Broken(files, null);
        }
        catch (JsonException fault)
        {
            throw Broken(files, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened);
        }
    }

    /// <summary>Keeps what the cluster state says, and writes the bundle for clients. What a first start wrote is taken away with it.</summary>
    public static void Keep(TrustFiles files, NodeKey key, MembershipDocument known, TrustView view)
    {
        string bundle = view.BundlePem();
        var file = new KnownFile { Format = 1, Membership = known, BundleBefore = File.Exists(files.CaBundle) ? HashOf(File.ReadAllText(files.CaBundle)) : null };
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(file, TrustJson.Default.KnownFile);
        SecretFile.Write(files.Known, key.Sealer.Seal(Place, 0, content));
        CryptographicOperations.ZeroMemory(content);
        WriteBundle(files, bundle);
        File.Delete(files.Ca);
        File.Delete(files.Secret);
    }

    /// <summary>
    /// Writes <c>ca.crt</c> where it is missing or one change behind. Another CA's certificate in its place is the one thing that must
    /// not pass, because people copy this file to clients.
    /// </summary>
    /// <exception cref="ProblemException">GH3031.</exception>
    public static void EnsureBundle(TrustFiles files, TrustView view, string? before)
    {
        string expected = view.BundlePem();
        string? there = File.Exists(files.CaBundle) ? File.ReadAllText(files.CaBundle) : null;
        if (string.Equals(there, expected, StringComparison.Ordinal))
        {
            return;
        }

        if (there is not null && !string.Equals(HashOf(there), before, StringComparison.Ordinal))
        {
            throw TrustProblems.TrustInconsistent.Exception(
                $"`{files.CaBundle}` does not hold the certificates of this cluster's CA ({view.Authorities[0].Fingerprint})",
                "find out who changed it, then delete it: the next start writes it again");
        }

        WriteBundle(files, expected);
    }

    private static void WriteBundle(TrustFiles files, string bundle) => SecretFile.Write(files.CaBundle, Encoding.ASCII.GetBytes(bundle), Readable);

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // The active one first, then what comes, then what goes.
    private static int Order(TrustPhase phase) => phase switch
    {
        TrustPhase.Active => 0,
        TrustPhase.Next => 1,
        _ => 2,
    };

    private static ProblemException Broken(TrustFiles files, Exception? inner) =>
        TrustProblems.TrustInconsistent.Exception($"`{files.Known}` does not open with this node's key", "put the file back from where it went", inner);
}
