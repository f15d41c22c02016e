using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Membership;

/// <summary>How nodes ask issuers for certificates: through runtime values of the store, sealed and signed.</summary>
internal static class CertificateExchange
{
    /// <summary>Requests lie below it, by node and kind.</summary>
    public const string Requests = "cert-request/";

    /// <summary>Answers lie below it.</summary>
    public const string Answers = "cert-answer/";

    /// <summary>How long a request and its answer are kept.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>What a key is called after its prefix.</summary>
    public static string NameOf(string node, LeafKind kind) => $"{node}/{WordOf(kind)}";

    /// <summary>Reads what <see cref="NameOf"/> made.</summary>
    public static bool TryParse(string key, out string node, out LeafKind kind)
    {
        int slash = key.LastIndexOf('/');
        string word = key[(slash + 1)..];
        node = slash > 0 ? key[..slash] : "";
        kind = word == WordOf(LeafKind.Mesh) ? LeafKind.Mesh : LeafKind.Server;
        return slash > 0 && word == WordOf(kind);
    }

    /// <summary>Reads a request; null for what is none.</summary>
    public static CertificateRequestValue? ReadRequest(byte[]? value) =>
        CertificateExchangeJson.Read(value, CertificateExchangeJson.Default.CertificateRequestValue) is { Names.IsDefault: false } request && request.Names.All(static name => name is not null)
            ? request
            : null;

    /// <summary>What the node signs.</summary>
    public static byte[] Signed(CertificateRequestValue request, string node, LeafKind kind) => EnrolmentSignature.Bytes(
        "certificate-request",
        Encoding.UTF8.GetBytes(NameOf(node, kind)),
        Encoding.ASCII.GetBytes(request.Nonce),
        request.Request,
        EnrolmentSignature.Texts(request.Names));

    private static string WordOf(LeafKind kind) => kind == LeafKind.Mesh ? "mesh" : "server";
}

/// <summary>A node's request.</summary>
internal sealed record CertificateRequestValue
{
    /// <summary>Ties the answer to this very request.</summary>
    public required string Nonce { get; init; }

    /// <summary>When, by the node's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>PKCS#10.</summary>
    public required byte[] Request { get; init; }

    /// <summary>Names of the host; of a server certificate only.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>By the node's signing key.</summary>
    public byte[] Signature { get; init; } = [];
}

/// <summary>An issuer's answer.</summary>
internal sealed record CertificateAnswerValue
{
    /// <summary>Of the request.</summary>
    public required string Nonce { get; init; }

    /// <summary>The leaf, then its intermediates (DER); empty where it is refused.</summary>
    public ImmutableArray<byte[]> Chain { get; init; } = [];

    /// <summary>Why it is refused; null: it is not.</summary>
    public string? Refusal { get; init; }
}

/// <summary>Requests and answers as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CertificateRequestValue))]
[JsonSerializable(typeof(CertificateAnswerValue))]
internal sealed partial class CertificateExchangeJson : JsonSerializerContext
{
    /// <summary>Reads; null for what is none.</summary>
    public static T? Read<T>(byte[]? value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return value is null ? null : JsonSerializer.Deserialize(value, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
