using Gatehouse.Administration;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>The policy as one document.</summary>
internal sealed class PolicyEndpoints(AdminServices services)
{
    private const string HashesParameter = "hashes";

    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/policy", "policy.read", ExportAsync) { Parameters = [HashesParameter], Operations = ExportOperations },
    ];

    // Hashes can be tried offline: whoever may only look at the policy does not get them.
    private static IEnumerable<AdminOperation> ExportOperations(AdminCall call) => call.Parameter(HashesParameter) is null
        ? [new AdminOperation(call.Endpoint.Interned, null)]
        : [new AdminOperation(call.Endpoint.Interned, null), AdminEndpoint.Operation("policy.hashes", null)];

    private ValueTask<AdminResult> ExportAsync(AdminCall call)
    {
        _ = services;
        string? hashes = call.Parameter(HashesParameter);
        return new(hashes is null or "true"
            ? AdminResult.Ok(
                new PolicyExportResponse { Generation = call.Snapshot.Generation, Policy = PolicyExport.Of(call.Snapshot.Document, hashes is not null) }, Json.PolicyExportResponse)
            : AdminResult.Refused(AdminRequestReader.Malformed($"`{HashesParameter}` is `true`, or left out")));
    }
}
