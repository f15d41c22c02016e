using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gatehouse.Administration.Cluster;

/// <summary>Tokens, nodes and enrolment as JSON, with the rules of <see cref="AdminJson"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = 8,
    Converters = [typeof(TimeConverter)])]
[JsonSerializable(typeof(JoinTokenRequest))]
[JsonSerializable(typeof(JoinTokenCreated))]
[JsonSerializable(typeof(JoinTokenListResponse))]
[JsonSerializable(typeof(NodeListResponse))]
[JsonSerializable(typeof(NodeRemovedResponse))]
[JsonSerializable(typeof(EnrolmentAuthority))]
[JsonSerializable(typeof(EnrolmentBegin))]
[JsonSerializable(typeof(EnrolmentBegun))]
[JsonSerializable(typeof(EnrolmentStore))]
[JsonSerializable(typeof(EnrolmentComplete))]
[JsonSerializable(typeof(EnrolmentCompleted))]
[JsonSerializable(typeof(EnrolmentCall))]
public sealed partial class MembershipJson : JsonSerializerContext
{
    /// <summary>For reading answers: a newer daemon may say more than this client knows.</summary>
    public static MembershipJson Lenient => LenientHolder.Instance;

    // A class of its own, because the order in which two files of a partial class initialise their statics is not defined.
    private static class LenientHolder
    {
        public static readonly MembershipJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        });
    }
}
