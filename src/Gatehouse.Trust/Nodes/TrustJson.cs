using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Gatehouse.Membership;

namespace Gatehouse.Trust.Nodes;

/// <summary>The files of this room as JSON; unknown members are refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    WriteIndented = true)]
[JsonSerializable(typeof(NodeFile))]
[JsonSerializable(typeof(NodeKeyFile))]
[JsonSerializable(typeof(LeafFile))]
[JsonSerializable(typeof(KnownFile))]
[JsonSerializable(typeof(MembershipDocument))]
[JsonSerializable(typeof(KeyRingFile))]
[JsonSerializable(typeof(DataKeyRecord))]
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

/// <summary>One of the node's own certificates with its key, as it is sealed for this node.</summary>
internal sealed class LeafFile
{
    public required int Format { get; init; }

    public required byte[] Certificate { get; init; }

    public required byte[] Key { get; init; }
}

/// <summary>What the node accepts, as the cluster state said last; sealed for this node.</summary>
internal sealed record KnownFile
{
    public required int Format { get; init; }

    public required MembershipDocument Membership { get; init; }

    /// <summary>SHA-256 of <c>ca.crt</c> as it was before, hex: the file may be one change behind after a crash.</summary>
    public string? BundleBefore { get; init; }
}

/// <summary>Data keys besides the one that is wrapped in a file of its own; sealed for this node.</summary>
internal sealed class KeyRingFile
{
    public required int Format { get; init; }

    public required byte[][] Keys { get; init; }
}
