using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Gatehouse.Trust.Authorities;

/// <summary>The CA's file as JSON; unknown members are refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    WriteIndented = true)]
[JsonSerializable(typeof(CaFile))]
internal sealed partial class CaJson : JsonSerializerContext;

/// <summary>The CA with all its keys, as it is wrapped to an issuer.</summary>
internal sealed class CaFile
{
    public required int Format { get; init; }

    public required byte[] Root { get; init; }

    /// <summary>Null where the root is the operator's and its key is elsewhere.</summary>
    public byte[]? RootKey { get; init; }

    public required byte[] Nodes { get; init; }

    public required byte[] NodesKey { get; init; }

    public required byte[] Users { get; init; }

    public required byte[] UsersKey { get; init; }

    /// <summary>Between the root and the intermediates; null: nothing.</summary>
    public byte[][]? Chain { get; init; }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(RootKey ?? []);
        CryptographicOperations.ZeroMemory(NodesKey);
        CryptographicOperations.ZeroMemory(UsersKey);
    }
}
