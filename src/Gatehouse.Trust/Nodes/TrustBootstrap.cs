using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Trust.Nodes;

/// <summary>
/// Makes, completes or loads a node's trust. Every part is one file, made in one step, in a fixed order; each needs
/// those before it. So an interrupted start leaves a prefix of the order, and the next start makes the rest. A gap in
/// the order is no interrupted start but a loss: it is named, and nothing new is put in its place.
/// </summary>
public static class TrustBootstrap
{
    /// <summary>Idempotent; the caller holds the lock of the data folder.</summary>
    /// <exception cref="ProblemException">GH3xxx.</exception>
    public static ValueTask<NodeTrust> EnsureAsync(TrustOptions options, CancellationToken cancellation) =>
        new(Task.Run(() => Ensure(options), cancellation));

    private static NodeTrust Ensure(TrustOptions options)
    {
        CertificateNames.EnsureNode(options.NodeName);
        IReadOnlyList<string> serverNames = CertificateNames.ForServer(options.NodeName, options.ServerNames);
        TrustFiles files = new(options.DataDirectory);
        PrivateFolder.Ensure(files.Data);
        PrivateFolder.Ensure(files.Folder);
        SecretFile.DeleteLeftovers(files.Data);
        SecretFile.DeleteLeftovers(files.Folder);

        ImmutableArray<string> dependents = [.. options.Dependents.Select(name => Path.Combine(files.Data, name))];
        ImmutableArray<string> certified = [files.CaBundle, files.Server, files.Mesh];
        ImmutableArray<string> trusted = [files.Secret, files.Ca, files.Known, files.KeyRing, .. certified];
        NodeFile node = EnsureNode(files, options, [files.DataKey, .. trusted, .. dependents]);
        string keyPath = NodeKeyLocation.Resolve(files.Data, options.NodeKeyPath, node.NodeId);
        NodeKey key = EnsureNodeKey(files, options, node, keyPath, [files.DataKey, .. trusted.Where(path => path != files.CaBundle), .. dependents]);
        byte[] dataKey = EnsureDataKey(files, options, node, key, [.. trusted, .. dependents]);
        KeyRing ring = new(files, key, node.ClusterId, dataKey);
        bool isNew = false;
        ClusterCa ca;
        TrustView view;
        MembershipDocument known = MembershipDocument.Default;
        if (TrustLoad.Read(files, key) is { } kept)
        {
            known = kept.Membership;
            view = TrustLoad.ViewOf(known);
            ca = TrustLoad.CaOf(known, node, key);
            TrustLoad.EnsureBundle(files, view, kept.BundleBefore);
        }
        else
        {
            byte[] secret = EnsureSecret(files, options, ring.Sealer, [files.Ca, .. certified]);
            ca = EnsureCa(files, options, node, key, certified, out isNew);
            view = new TrustView { Authorities = [ca.Describe(TrustPhase.Active)], Secrets = [secret] };
            if (File.Exists(files.CaBundle))
            {
                TrustLoad.EnsureBundle(files, view, null);
            }
            else
            {
                Step(options, "ca.crt", () => TrustLoad.EnsureBundle(files, view, null));
            }
        }

        DateTimeOffset now = options.Time.GetUtcNow();
        IssuedCertificate server = EnsureLeaf(files, options, node, key, ca, view, LeafKind.Server, serverNames, now);
        IssuedCertificate mesh = EnsureLeaf(files, options, node, key, ca, view, LeafKind.Mesh, [], now);
        return new NodeTrust(node, files, keyPath, key, ring, new TrustLoad(ca, view, known, server, mesh)) { IsNew = isNew };
    }

    // An issuer makes what is missing, due or wrong; others go on with what they have, and ask for another once they run.
    private static IssuedCertificate EnsureLeaf(
        TrustFiles files, TrustOptions options, NodeFile node, NodeKey key, ClusterCa ca, TrustView view, LeafKind kind, IReadOnlyList<string> names, DateTimeOffset now)
    {
        IssuedCertificate? there = LeafRequest.Load(files, key, kind, view);
        bool isRight = there is not null
            && !CertificateLife.NeedsRenewal(there.Certificate, now)
            && (kind == LeafKind.Mesh || CertificateNames.Of(there.Certificate).SequenceEqual(names, StringComparer.Ordinal));
        if (there is not null && (isRight || !ca.CanIssue || now >= CertificateLife.NotAfter(ca.Nodes)))
        {
            // With an authority that has expired the node still has to start: it takes another one over from the cluster state.
            return there;
        }

        if (!ca.CanIssue)
        {
            throw TrustProblems.TrustIncomplete.Exception(
                $"`{files.Leaf(kind)}` (a certificate of this node) is missing, or its authority was retired while the node was away",
                "enrol this node again with a new token: `gatehouse token create --node NAME --replace` on another node");
        }

        return Step(options, kind == LeafKind.Mesh ? "mesh certificate" : "server certificate", () =>
        {
            using ECDsa? old = there?.Certificate.GetECDsaPrivateKey();
            IssuedCertificate made = kind == LeafKind.Mesh ? ca.IssueNode(node.NodeName, now, old) : ca.IssueServer(node.NodeName, names, now);
            LeafRequest.Keep(files, key, kind, made);
            return made;
        });
    }

    private static NodeFile EnsureNode(TrustFiles files, TrustOptions options, ImmutableArray<string> later)
    {
        if (SecretFile.ReadIfExists(files.Node) is { } content)
        {
            return ParseNode(files.Node, content);
        }

        EnsureNone(files, later, "`node.json`", "the node's identity");
        using NodeKey? provisioned = NodeKeyLocation.Provisioned(options.NodeKeyPath) is { } keyPath ? NodeKey.Load(keyPath, null) : null;
        NodeFile node = new()
        {
            Format = 1,
            NodeId = provisioned?.NodeId ?? RandomNumberGenerator.GetHexString(16, lowercase: true),
            NodeName = options.NodeName,
            ClusterId = RandomNumberGenerator.GetHexString(32, lowercase: true),
        };
        Step(options, "node.json", () => SecretFile.Write(files.Node, JsonSerializer.SerializeToUtf8Bytes(node, TrustJson.Default.NodeFile)));
        return node;
    }

    internal static NodeFile ParseNode(string path, byte[] content)
    {
        try
        {
            if (JsonSerializer.Deserialize(content, TrustJson.Default.NodeFile) is { Format: 1 } node
                && IsHex(node.NodeId, 16) && IsHex(node.ClusterId, 32))
            {
                CertificateNames.EnsureNode(node.NodeName);
                return node;
            }
        }
        catch (JsonException)
        {
            // Reported below, with the same words as a wrong value.
        }

        throw TrustProblems.TrustInconsistent.Exception($"`{path}` cannot be understood", "put back the file as Gatehouse wrote it");
    }

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);

    private static NodeKey EnsureNodeKey(TrustFiles files, TrustOptions options, NodeFile node, string keyPath, ImmutableArray<string> later)
    {
        if (NodeKey.Load(keyPath, node.NodeId) is { } key)
        {
            return key;
        }

        string lost = files.Present(later);
        if (lost.Length > 0)
        {
            throw TrustProblems.NodeKeyMissing.Exception(
                $"the key of node `{node.NodeId}` is not at `{keyPath}`; without it {lost} cannot be opened: "
                + "the CA, the cluster secret and all users and roles",
                $"put the key back there or name its place with --key FILE; if it is lost, move `{files.Data}` away and start anew with a new CA");
        }

        PrivateFolder.EnsureGuarded(Path.GetDirectoryName(keyPath) ?? "/");
        return Step(options, "node key", () => NodeKey.Create(keyPath, node.NodeId));
    }

    private static byte[] EnsureDataKey(TrustFiles files, TrustOptions options, NodeFile node, NodeKey key, ImmutableArray<string> later)
    {
        string purpose = "data-key/" + node.ClusterId;
        if (SecretFile.ReadIfExists(files.DataKey) is { } wrapped)
        {
            return key.Unwrap(purpose, wrapped, files.DataKey);
        }

        EnsureNone(files, later, "`trust/data-key.wrapped`", "the cluster's data key");
        byte[] dataKey = RandomNumberGenerator.GetBytes(32);
        Step(options, "data key", () => SecretFile.Write(files.DataKey, KeyWrap.Wrap(key.PublicKey, purpose, dataKey)));
        return dataKey;
    }

    private static byte[] EnsureSecret(TrustFiles files, TrustOptions options, Sealer sealer, ImmutableArray<string> later)
    {
        const string Place = "trust/cluster-secret";
        if (SecretFile.ReadIfExists(files.Secret) is { } content)
        {
            return sealer.Open(Place, 0, content);
        }

        EnsureNone(files, later, "`trust/cluster-secret.sealed`", "the cluster secret");
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        Step(options, "cluster secret", () => SecretFile.Write(files.Secret, sealer.Seal(Place, 0, secret)));
        return secret;
    }

    private static ClusterCa EnsureCa(
        TrustFiles files, TrustOptions options, NodeFile node, NodeKey key, ImmutableArray<string> later, out bool isNew)
    {
        string purpose = "ca/" + node.ClusterId;
        isNew = false;
        if (SecretFile.ReadIfExists(files.Ca) is { } wrapped)
        {
            byte[] opened = key.Unwrap(purpose, wrapped, files.Ca);
            ClusterCa known = ClusterCa.Import(node.ClusterId, opened);
            CryptographicOperations.ZeroMemory(opened);
            return known;
        }

        EnsureNone(files, later, "`trust/ca.wrapped`", "the CA's keys");
        ClusterCa ca = ClusterCa.Create(node.ClusterId, options.Time.GetUtcNow());
        byte[] content = ca.Export();
        Step(options, "ca", () => SecretFile.Write(files.Ca, KeyWrap.Wrap(key.PublicKey, purpose, content)));
        CryptographicOperations.ZeroMemory(content);
        isNew = true;
        return ca;
    }

    private static void EnsureNone(TrustFiles files, ImmutableArray<string> later, string missing, string what)
    {
        string there = files.Present(later);
        if (there.Length > 0)
        {
            throw TrustProblems.TrustIncomplete.Exception(
                $"{missing} ({what}) is missing in `{files.Data}` while {there} is there",
                $"put the file back from where it went; if it is lost, move `{files.Data}` away and start anew with a new CA");
        }
    }

    private static void Step(TrustOptions options, string name, Action make)
    {
        options.Step?.Invoke("before " + name);
        make();
        options.Step?.Invoke("after " + name);
    }

    private static T Step<T>(TrustOptions options, string name, Func<T> make)
    {
        options.Step?.Invoke("before " + name);
        T made = make();
        options.Step?.Invoke("after " + name);
        return made;
    }
}
