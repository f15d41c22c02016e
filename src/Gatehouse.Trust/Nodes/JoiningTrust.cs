using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Trust.Nodes;

/// <summary>What a node of the cluster gives to one that joins.</summary>
public sealed record JoinGrant
{
    /// <summary>The cluster's id.</summary>
    public required string ClusterId { get; init; }

    /// <summary>Data keys wrapped to the joining node, the one in use first.</summary>
    public required ImmutableArray<byte[]> DataKeys { get; init; }

    /// <summary>Nodes, authorities and secrets.</summary>
    public required MembershipDocument Membership { get; init; }

    /// <summary>Its mesh certificate, then the intermediates upwards (DER).</summary>
    public required ImmutableArray<byte[]> Mesh { get; init; }

    /// <summary>Its server certificate, then the intermediates upwards (DER).</summary>
    public required ImmutableArray<byte[]> Server { get; init; }
}

/// <summary>
/// The trust of a node that is joining, in a folder that becomes its data folder. Its keys are made here and stay here; opened again
/// in the same folder it goes on with the same keys, so that a join that was interrupted can be repeated.
/// </summary>
public sealed class JoiningTrust : IDisposable
{
    private const string KeysFile = "joining.sealed";
    private const string Place = "trust/joining";

    private readonly TrustFiles _files;
    private readonly NodeKey _key;
    private readonly ECDsa _mesh;
    private readonly ECDsa _server;

    private JoiningTrust(TrustFiles files, string nodeName, NodeKey key, ECDsa mesh, ECDsa server)
    {
        _files = files;
        _key = key;
        _mesh = mesh;
        _server = server;
        NodeName = nodeName;
    }

    /// <summary>The node's id.</summary>
    public string NodeId => _key.NodeId;

    /// <summary>The node's name.</summary>
    public string NodeName { get; }

    /// <summary>What keys are wrapped to: SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> WrapPublicKey => _key.PublicKey;

    /// <summary>What its signatures are verified with: SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> SigningPublicKey => _key.SigningPublicKey;

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of its mesh certificate, 64 lower-case hex digits.</summary>
    public string MeshKeyHash => Convert.ToHexStringLower(SHA256.HashData(_mesh.ExportSubjectPublicKeyInfo()));

    /// <summary>Opens or makes the keys of a joining node.</summary>
    /// <param name="folder">The folder that becomes the data folder; made with mode 0700.</param>
    /// <param name="nodeKeyPath">Where the node's own key lies, outside the folder.</param>
    /// <param name="nodeName">The node's name.</param>
    /// <exception cref="ProblemException">GH3xxx.</exception>
    public static JoiningTrust Open(string folder, string nodeKeyPath, string nodeName)
    {
        CertificateNames.EnsureNode(nodeName);
        TrustFiles files = new(folder);
        PrivateFolder.Ensure(files.Data);
        PrivateFolder.Ensure(files.Folder);
        PrivateFolder.EnsureGuarded(Path.GetDirectoryName(Path.GetFullPath(nodeKeyPath)) ?? "/");
        NodeKey key = NodeKey.Load(nodeKeyPath, null) ?? NodeKey.Create(nodeKeyPath, RandomNumberGenerator.GetHexString(16, lowercase: true));
        string path = Path.Combine(files.Folder, KeysFile);
        byte[]? opened = SecretFile.ReadIfExists(path) is { } content ? key.Sealer.TryOpen(Place, 0, content) : null;
        ECDsa mesh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECDsa server = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (opened is not null && JsonSerializer.Deserialize(opened, TrustJson.Default.KeyRingFile) is { Format: 1, Keys.Length: 2 } kept)
        {
            mesh.ImportPkcs8PrivateKey(kept.Keys[0], out _);
            server.ImportPkcs8PrivateKey(kept.Keys[1], out _);
        }
        else
        {
            var made = new KeyRingFile { Format = 1, Keys = [mesh.ExportPkcs8PrivateKey(), server.ExportPkcs8PrivateKey()] };
            opened = JsonSerializer.SerializeToUtf8Bytes(made, TrustJson.Default.KeyRingFile);
            SecretFile.Write(path, key.Sealer.Seal(Place, 0, opened));
        }

        CryptographicOperations.ZeroMemory(opened);
        return new JoiningTrust(files, nodeName, key, mesh, server);
    }

    /// <summary>A PKCS#10 request (DER) for one of its certificates.</summary>
    public byte[] MakeRequest(LeafKind kind) => LeafRequest.Make(NodeName, kind == LeafKind.Mesh ? _mesh : _server);

    /// <summary>Signs with the node's signing key: ECDSA P-256 over SHA-256, 64 bytes r and s.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => _key.Sign(data);

    /// <summary>Unwraps what was wrapped to this node; <paramref name="place"/> names it for people.</summary>
    /// <exception cref="ProblemException">GH3021.</exception>
    public byte[] Unwrap(string purpose, ReadOnlySpan<byte> wrapped, string place) => _key.Unwrap(purpose, wrapped, place);

    /// <summary>What opens the cluster's documents with the keys granted.</summary>
    /// <exception cref="ProblemException">GH3021.</exception>
    public Sealer OpenDataKeys(JoinGrant grant)
    {
        Sealer? sealer = null;
        foreach (byte[] wrapped in grant.DataKeys)
        {
            byte[] key = _key.Unwrap(DataKeyRecord.PurposeOf(grant.ClusterId), wrapped, "the data key");
            if (sealer is null)
            {
                sealer = new Sealer(key);
            }
            else
            {
                sealer.Accept(key);
            }

            CryptographicOperations.ZeroMemory(key);
        }

        return sealer ?? throw TrustProblems.DataKeyUnknown.Exception("no data key was handed over");
    }

    /// <summary>Checks that what was granted belongs together and to this node; writes nothing.</summary>
    /// <exception cref="ProblemException">GH3021, GH3031, GH3043.</exception>
    public void Check(JoinGrant grant)
    {
        TrustView view = TrustLoad.ViewOf(TrustLoad.WhatIsKept(grant.Membership));
        LeafRequest.Accept(LeafKind.Mesh, grant.Mesh, _mesh, grant.ClusterId, NodeName, view);
        LeafRequest.Accept(LeafKind.Server, grant.Server, _server, grant.ClusterId, NodeName, view);
        OpenDataKeys(grant).Dispose();
    }

    /// <summary>Checks what was granted and writes it to the folder, which a daemon can start from then on.</summary>
    /// <exception cref="ProblemException">GH3005, GH3021, GH3031, GH3043.</exception>
    public void Complete(JoinGrant grant)
    {
        NodeFile node = new() { Format = 1, NodeId = NodeId, NodeName = NodeName, ClusterId = grant.ClusterId };
        MembershipDocument known = TrustLoad.WhatIsKept(grant.Membership);
        TrustView view = TrustLoad.ViewOf(known);
        TrustLoad.CaOf(known, node, _key).Dispose();
        LeafRequest.Keep(_files, _key, LeafKind.Mesh, LeafRequest.Accept(LeafKind.Mesh, grant.Mesh, _mesh, grant.ClusterId, NodeName, view));
        LeafRequest.Keep(_files, _key, LeafKind.Server, LeafRequest.Accept(LeafKind.Server, grant.Server, _server, grant.ClusterId, NodeName, view));
        byte[][] keys = [.. grant.DataKeys.Select(wrapped => _key.Unwrap(DataKeyRecord.PurposeOf(grant.ClusterId), wrapped, "the data key"))];
        KeyRing.WriteOthers(_files, _key, keys);
        SecretFile.Write(_files.DataKey, KeyWrap.Wrap(_key.PublicKey, DataKeyRecord.PurposeOf(grant.ClusterId), keys[0]));
        Array.ForEach(keys, static key => CryptographicOperations.ZeroMemory(key));
        TrustLoad.Keep(_files, _key, known, view);
        SecretFile.Write(_files.Node, JsonSerializer.SerializeToUtf8Bytes(node, TrustJson.Default.NodeFile));
        Tidy();
    }

    /// <summary>Deletes what is for joining alone. A node that there is has its keys elsewhere.</summary>
    internal void Tidy() => File.Delete(Path.Combine(_files.Folder, KeysFile));

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _mesh.Dispose();
        _server.Dispose();
    }
}
