using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Gatehouse.Trust;

/// <summary>The files of this room as JSON; unknown members are refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    WriteIndented = true)]
[JsonSerializable(typeof(NodeFile))]
[JsonSerializable(typeof(NodeKeyFile))]
[JsonSerializable(typeof(CaFile))]
[JsonSerializable(typeof(ServerFile))]
internal sealed partial class TrustJson : JsonSerializerContext;

/// <summary><c>DATA/node.json</c>: who this node is. No secret.</summary>
internal sealed record NodeFile
{
    public required int Format { get; init; }

    public required string NodeId { get; init; }

    public required string NodeName { get; init; }

    public required string ClusterId { get; init; }
}

/// <summary>The node's own key.</summary>
internal sealed class NodeKeyFile
{
    public required int Format { get; init; }

    public required string NodeId { get; init; }

    public required byte[] Seal { get; init; }

    public required byte[] Unwrap { get; init; }

    public required byte[] Sign { get; init; }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(Seal);
        CryptographicOperations.ZeroMemory(Unwrap);
        CryptographicOperations.ZeroMemory(Sign);
    }
}

/// <summary>The CA with all its keys, as it is wrapped to an issuer.</summary>
internal sealed class CaFile
{
    public required int Format { get; init; }

    public required byte[] Root { get; init; }

    public required byte[] RootKey { get; init; }

    public required byte[] Nodes { get; init; }

    public required byte[] NodesKey { get; init; }

    public required byte[] Users { get; init; }

    public required byte[] UsersKey { get; init; }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(RootKey);
        CryptographicOperations.ZeroMemory(NodesKey);
        CryptographicOperations.ZeroMemory(UsersKey);
    }
}

/// <summary>The server certificate with its key, as it is sealed for this node.</summary>
internal sealed class ServerFile
{
    public required int Format { get; init; }

    public required byte[] Certificate { get; init; }

    public required byte[] Key { get; init; }
}
