using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.Administration.Cluster;

namespace Gatehouse.Administration;

/// <summary>
/// The JSON of the API: snake case, nulls left out, enums by name. Strict in reading: unknown, repeated or missing members,
/// wrong case, comments and trailing commas are refused.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = 32,
    Converters = [typeof(EffectConverter), typeof(AddressEffectConverter), typeof(AddressKindConverter), typeof(KindConverter), typeof(TextListConverter), typeof(TimeConverter)])]
[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
[JsonSerializable(typeof(ChangeResponse))]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(WhoAmIResponse))]
[JsonSerializable(typeof(CheckResponse))]
[JsonSerializable(typeof(RecoverResponse))]
[JsonSerializable(typeof(UserView))]
[JsonSerializable(typeof(UserListResponse))]
[JsonSerializable(typeof(UserAddRequest))]
[JsonSerializable(typeof(UserSetRequest))]
[JsonSerializable(typeof(PasswordRequest))]
[JsonSerializable(typeof(RoleView))]
[JsonSerializable(typeof(RoleListResponse))]
[JsonSerializable(typeof(RealmView))]
[JsonSerializable(typeof(RealmListResponse))]
[JsonSerializable(typeof(RealmTestRequest))]
[JsonSerializable(typeof(RealmTestResponse))]
[JsonSerializable(typeof(MappingView))]
[JsonSerializable(typeof(MappingListResponse))]
[JsonSerializable(typeof(ApiKeyListResponse))]
[JsonSerializable(typeof(ApiKeyCreateRequest))]
[JsonSerializable(typeof(ApiKeyCreateResponse))]
[JsonSerializable(typeof(GateListResponse))]
[JsonSerializable(typeof(GateAddRequest))]
[JsonSerializable(typeof(GateExposeRequest))]
[JsonSerializable(typeof(GateTestResponse))]
[JsonSerializable(typeof(NetworkRuleView))]
[JsonSerializable(typeof(NetworkListResponse))]
[JsonSerializable(typeof(NetworkReplaceRequest))]
[JsonSerializable(typeof(PeerListResponse))]
[JsonSerializable(typeof(DenialListResponse))]
[JsonSerializable(typeof(DenialRequest))]
[JsonSerializable(typeof(TrustRequest))]
[JsonSerializable(typeof(PingResponse))]
[JsonSerializable(typeof(NetcheckResponse))]
[JsonSerializable(typeof(ConnectionListResponse))]
[JsonSerializable(typeof(ConnectionKillResponse))]
[JsonSerializable(typeof(ClientIdView))]
[JsonSerializable(typeof(ClientIdListResponse))]
[JsonSerializable(typeof(PinOwnerView))]
[JsonSerializable(typeof(PinOwnerListResponse))]
[JsonSerializable(typeof(PinOwnerRequest))]
[JsonSerializable(typeof(PinRebuildRequest))]
[JsonSerializable(typeof(PinRebuildResponse))]
[JsonSerializable(typeof(AuditSearchResponse))]
[JsonSerializable(typeof(AuditVerifyResponse))]
[JsonSerializable(typeof(AuditReindexResponse))]
[JsonSerializable(typeof(AuditPolicyView))]
[JsonSerializable(typeof(AuditPolicyTestRequest))]
[JsonSerializable(typeof(AuditPolicyTestResponse))]
[JsonSerializable(typeof(PolicyView))]
[JsonSerializable(typeof(PolicyExportResponse))]
[JsonSerializable(typeof(WhoCanRequest))]
[JsonSerializable(typeof(WhoCanResponse))]
[JsonSerializable(typeof(WhatCanResponse))]
[JsonSerializable(typeof(PolicyReplayRequest))]
[JsonSerializable(typeof(PolicyReplayResponse))]
[JsonSerializable(typeof(SuggestResponse))]
[JsonSerializable(typeof(UnusedResponse))]
[JsonSerializable(typeof(PolicyChangeRequest))]
[JsonSerializable(typeof(PolicyChangeResponse))]
[JsonSerializable(typeof(PolicyRollbackRequest))]
[JsonSerializable(typeof(PolicyHistoryResponse))]
[JsonSerializable(typeof(PolicyDiffResponse))]
[JsonSerializable(typeof(PolicyTestResponse))]
[JsonSerializable(typeof(CanIRequest))]
[JsonSerializable(typeof(ExplainResponse))]
public sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>For reading answers: a newer daemon may say more than this client knows.</summary>
    public static AdminJson Lenient => LenientHolder.Instance;

    // A class of its own, because the order in which two files of a partial class initialise their statics is not defined.
    private static class LenientHolder
    {
        public static readonly AdminJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        });
    }
}
