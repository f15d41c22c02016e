using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Membership;
using Gatehouse.Network;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Store;

/// <summary>
/// How a generation is kept. A manifest names the chunks that hold its documents; users and roles lie in buckets by a
/// hash of their name, address rules in runs that end where a rule's hash says so, the audit policy by itself. So a change of one document rewrites
/// one chunk, and all others are shared between generations.
/// A chunk's name stands for its content (HMAC-SHA256 under the data key, which tells a reader of the store nothing);
/// it is sealed as <c>chunk/NAME</c> with generation 0, for it belongs to many. The manifest is sealed as
/// <c>policy/manifest</c> with its generation: that binds the chunks to the generation, and one generation's manifest
/// is never taken for another's.
/// </summary>
internal static class GenerationFormat
{
    public const int Version = 1;

    public const string ManifestPath = "policy/manifest";

    /// <summary>Largest chunk or manifest, in bytes as stored; an etcd value must stay below 1.5 MiB with its base64.</summary>
    public const int ChunkBytes = 512 * 1024;

    /// <summary>Documents in a bucket on average, after which the number of buckets doubles.</summary>
    public const int BucketDocuments = 128;

    public const int MostBuckets = 4096;

    public static string ChunkPath(string name) => "chunk/" + name;

    /// <summary>Buckets for a number of documents: a power of two, kept while the average stays within a factor of four.</summary>
    public static int BucketsFor(int documents, int present)
    {
        if (present > 0 && documents <= (long)present * BucketDocuments && documents >= (long)present * BucketDocuments / 8)
        {
            return present;
        }

        int buckets = 1;
        while (buckets < MostBuckets && (long)buckets * BucketDocuments < documents * 2L)
        {
            buckets *= 2;
        }

        return buckets;
    }

    /// <summary>FNV-1a over UTF-16 with a final mix: the same on every node and for ever.</summary>
    public static uint Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccd;
        return (uint)(hash >> 32);
    }
}

/// <summary>What a generation is made of.</summary>
internal sealed record Manifest
{
    public required int Format { get; init; }

    public required long Number { get; init; }

    public required string Actor { get; init; }

    public required string Summary { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>Buckets; each the names of the chunks that hold it, in order.</summary>
    public required ImmutableArray<ImmutableArray<string>> Users { get; init; }

    public required ImmutableArray<ImmutableArray<string>> Roles { get; init; }

    public required ImmutableArray<ImmutableArray<string>> Networks { get; init; }

    /// <summary>Chunks of the audit policy; null while it is the default.</summary>
    public ImmutableArray<string>? AuditPolicy { get; init; }

    /// <summary>Null while there are none, as in generations older than this kind.</summary>
    public ImmutableArray<ImmutableArray<string>>? Realms { get; init; }

    public ImmutableArray<ImmutableArray<string>>? Mappings { get; init; }

    public ImmutableArray<ImmutableArray<string>>? ApiKeys { get; init; }

    public ImmutableArray<ImmutableArray<string>>? Certificates { get; init; }

    public ImmutableArray<ImmutableArray<string>>? Revocations { get; init; }

    /// <summary>Chunks of nodes and trust; null while there are none.</summary>
    public ImmutableArray<string>? Membership { get; init; }

    public IEnumerable<string> Names() =>
        Users.Concat(Roles).Concat(Networks).Concat(Realms ?? []).Concat(Mappings ?? []).Concat(ApiKeys ?? []).Concat(Certificates ?? []).Concat(Revocations ?? [])
            .SelectMany(static bucket => bucket).Concat(AuditPolicy ?? []).Concat(Membership ?? []);

    public ChangeNote Note() => new(Actor, Summary, Time);
}

/// <summary>One bucket of documents of one kind; the other kinds are null.</summary>
internal sealed record Bucket
{
    public required int Format { get; init; }

    public ImmutableArray<UserDocument>? Users { get; init; }

    public ImmutableArray<RoleDocument>? Roles { get; init; }

    public ImmutableArray<AddressRule>? Networks { get; init; }

    public AuditPolicyDocument? AuditPolicy { get; init; }

    public ImmutableArray<RealmDocument>? Realms { get; init; }

    public ImmutableArray<MappingDocument>? Mappings { get; init; }

    public ImmutableArray<ApiKeyDocument>? ApiKeys { get; init; }

    public ImmutableArray<CertificateDocument>? Certificates { get; init; }

    public ImmutableArray<RevocationDocument>? Revocations { get; init; }

    public MembershipDocument? Membership { get; init; }
}

/// <summary>A whole generation in one piece, as the node keeps it for a start without its store.</summary>
internal sealed record WholeGeneration
{
    public required int Format { get; init; }

    public required long Number { get; init; }

    public required string Digest { get; init; }

    public required string Actor { get; init; }

    public required string Summary { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required ImmutableArray<UserDocument> Users { get; init; }

    public required ImmutableArray<RoleDocument> Roles { get; init; }

    public required ImmutableArray<AddressRule> Networks { get; init; }

    /// <summary>Null while it is the default.</summary>
    public AuditPolicyDocument? AuditPolicy { get; init; }

    public ImmutableArray<RealmDocument>? Realms { get; init; }

    public ImmutableArray<MappingDocument>? Mappings { get; init; }

    public ImmutableArray<ApiKeyDocument>? ApiKeys { get; init; }

    public ImmutableArray<CertificateDocument>? Certificates { get; init; }

    public ImmutableArray<RevocationDocument>? Revocations { get; init; }

    public MembershipDocument? Membership { get; init; }
}

/// <summary>Our own documents as JSON; unknown and doubled members are refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(Bucket))]
[JsonSerializable(typeof(WholeGeneration))]
[JsonSerializable(typeof(GenerationDelta))]
internal sealed partial class StoreJson : JsonSerializerContext;
