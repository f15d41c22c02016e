using System.Security.Cryptography;
using System.Text.Json;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Trust.Nodes;

/// <summary>The node's own keys: one to seal, one that others wrap to, one to sign. Never in the data folder, never in a backup.</summary>
internal sealed class NodeKey : IDisposable
{
    private const int Format = 1;

    private readonly ECDiffieHellman _unwrap;
    private readonly ECDsa _sign;
    private readonly Lock _lock = new();

    private NodeKey(string nodeId, ReadOnlySpan<byte> aes, ECDiffieHellman unwrap, ECDsa sign)
    {
        NodeId = nodeId;
        Sealer = new Sealer(aes);
        _unwrap = unwrap;
        _sign = sign;
        PublicKey = unwrap.ExportSubjectPublicKeyInfo();
        SigningPublicKey = sign.ExportSubjectPublicKeyInfo();
    }

    /// <summary>The node it belongs to.</summary>
    public string NodeId { get; }

    /// <summary>What others wrap to: SubjectPublicKeyInfo.</summary>
    public byte[] PublicKey { get; }

    /// <summary>What others verify with: SubjectPublicKeyInfo.</summary>
    public byte[] SigningPublicKey { get; }

    /// <summary>Seals what is this node's alone.</summary>
    public Sealer Sealer { get; }

    /// <summary>Makes new keys and keeps them in a file.</summary>
    public static NodeKey Create(string path, string nodeId)
    {
        byte[] aes = RandomNumberGenerator.GetBytes(32);
        ECDiffieHellman unwrap = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ECDsa sign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        NodeKeyFile file = new()
        {
            Format = Format,
            NodeId = nodeId,
            Seal = aes,
            Unwrap = unwrap.ExportPkcs8PrivateKey(),
            Sign = sign.ExportPkcs8PrivateKey(),
        };
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(file, TrustJson.Default.NodeKeyFile);
        SecretFile.Write(path, content);
        NodeKey key = new(nodeId, aes, unwrap, sign);
        file.Clear();
        CryptographicOperations.ZeroMemory(content);
        return key;
    }

    /// <summary>Loads the keys of a node (of any where <paramref name="nodeId"/> is null); null where there is no file.</summary>
    /// <exception cref="ProblemException">GH3001 to GH3004, GH3012.</exception>
    public static NodeKey? Load(string path, string? nodeId)
    {
        byte[]? content = SecretFile.ReadIfExists(path);
        if (content is null)
        {
            return null;
        }

        NodeKeyFile? file = null;
        try
        {
            file = JsonSerializer.Deserialize(content, TrustJson.Default.NodeKeyFile);
            if (file is null || file.Format != Format || file.Seal.Length != 32)
            {
                throw Invalid(path, "it is not a node key of this version");
            }

            if (nodeId is not null && !string.Equals(file.NodeId, nodeId, StringComparison.Ordinal))
            {
                throw Invalid(path, $"it belongs to node `{file.NodeId}`, this data folder to node `{nodeId}`");
            }

            ECDiffieHellman unwrap = ECDiffieHellman.Create();
            unwrap.ImportPkcs8PrivateKey(file.Unwrap, out _);
            ECDsa sign = ECDsa.Create();
            sign.ImportPkcs8PrivateKey(file.Sign, out _);
            return new NodeKey(file.NodeId, file.Seal, unwrap, sign);
        }
        catch (Exception fault) when (fault is JsonException or CryptographicException)
        {
            throw Invalid(path, "its content is damaged");
        }
        finally
        {
            file?.Clear();
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Unwraps a secret that was wrapped to <see cref="PublicKey"/>.</summary>
    /// <exception cref="ProblemException">GH3021.</exception>
    public byte[] Unwrap(string purpose, ReadOnlySpan<byte> wrapped, string path)
    {
        lock (_lock)
        {
            return KeyWrap.TryUnwrap(_unwrap, purpose, wrapped)
                ?? throw TrustProblems.WrapBroken.Exception(
                    $"`{path}` does not open with the key of node `{NodeId}`", "it was changed or belongs to another node; put back the data folder that belongs to this key");
        }
    }

    /// <summary>ECDSA over SHA-256, 64 bytes r and s.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            return _sign.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    /// <summary>ECDSA over a SHA-256 made by the caller, 64 bytes r and s.</summary>
    public byte[] SignHash(ReadOnlySpan<byte> hash)
    {
        lock (_lock)
        {
            return _sign.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Sealer.Dispose();
        _unwrap.Dispose();
        _sign.Dispose();
    }

    private static ProblemException Invalid(string path, string why) =>
        TrustProblems.NodeKeyInvalid.Exception($"node key `{path}` is not usable: {why}", "put back the key of this node");
}
