using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Issuing;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>Authorities: what is accepted, and how one of the operator's own is brought.</summary>
internal sealed class AuthorityEndpoints(AdminServices services)
{
    private static readonly CertificateJson Json = CertificateJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/authorities", "ca.read", call => new(AdminResult.Ok(Desk.List(call.Snapshot.Document), Json.AuthorityListResponse))) { Answer = Json.AuthorityListResponse },
        new("POST", "/v1/authorities", "ca.change", ImportAsync) { Answer = Json.AuthorityListResponse, Changes = true, Body = Json.AuthorityImportRequest },
    ];

    private AuthorityDesk Desk => services.Issuing?.Authorities ?? throw AdministrationProblems.Fault.Exception("this node keeps no authorities");

    private async ValueTask<AdminResult> ImportAsync(AdminCall call)
    {
        try
        {
            return AdminResult.Ok(await Desk.ImportAsync(call.Actor, (AuthorityImportRequest)call.Body!, call.Cancellation), Json.AuthorityListResponse);
        }
        catch (ProblemException refused)
        {
            return AdminResult.Refused(refused.Problem);
        }
    }
}
