using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Issuing;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>
/// Certificates. Rights are on <c>PROFILE/NAME</c>: who may issue <c>client/backup-*</c> can make nobody else's certificate.
/// Whoever may issue <c>client/**</c> can become any user that a <c>pki</c> realm maps.
/// </summary>
internal sealed class CertificateEndpoints(AdminServices services)
{
    private const string Revoke = "certificate.revoke";
    private const string Nobody = "-";

    private static readonly CertificateJson Json = CertificateJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/certificates", "certificate.list", call => new(AdminResult.Ok(CertificateDesk.List(call.Snapshot.Document, call.Now), Json.CertificateListResponse)))
        {
            Answer = Json.CertificateListResponse,
        },
        new("POST", "/v1/certificates", "certificate.issue", IssueAsync) { Answer = Json.CertificateIssued, Changes = true, Body = Json.CertificateRequestBody, Operations = OnNames },
        new("POST", "/v1/certificates/signatures", "certificate.sign", IssueAsync) { Answer = Json.CertificateIssued, Changes = true, Body = Json.CertificateRequestBody, Operations = OnNames },
        new("POST", "/v1/certificates/{serial}/renewal", "certificate.issue", RenewAsync) { Answer = Json.CertificateIssued, Changes = true, Body = Json.CertificateRenewBody, Operations = OnOld },
        new("POST", "/v1/revocations", Revoke, RevokeAsync) { Answer = Json.RevocationResponse, Changes = true, Body = Json.RevocationRequest, Operations = OnRevoked },
    ];

    private static IEnumerable<AdminOperation> OnNames(AdminCall call) => OnNames(call, (CertificateRequestBody)call.Body!);

    private static IEnumerable<AdminOperation> OnNames(AdminCall call, CertificateRequestBody body)
    {
        IEnumerable<string> names = body.User is { } user ? body.Names.Append(user) : body.Names;
        return names.DefaultIfEmpty(Nobody).Take(LeafIssuer.MostNames + 1).Select(name => new AdminOperation(call.Endpoint.Interned, $"{body.Profile}/{name}"));
    }

    private static IEnumerable<AdminOperation> OnOld(AdminCall call) => CertificateDesk.Find(call.Snapshot.Document, call.Name) is { } before
        ? OnNames(call, CertificateDesk.BodyOf(before, (CertificateRenewBody)call.Body!))
        : [new AdminOperation(call.Endpoint.Interned, null)];

    private static IEnumerable<AdminOperation> OnRevoked(AdminCall call)
    {
        var body = (RevocationRequest)call.Body!;
        string? resource = body.User is { } user ? $"client/{user}"
            : body.Serial is { } serial && CertificateDesk.Find(call.Snapshot.Document, serial) is { } known
            ? $"{known.Profile}/{(known.Subject.Length > 0 ? known.Subject : Nobody)}"
            : null;

        // A key, or what nobody knows, may be anybody's.
        return [resource is null ? new AdminOperation(call.Endpoint.Interned, null) { IsOnEverything = true } : new AdminOperation(call.Endpoint.Interned, resource)];
    }

    private CertificateDesk Desk => services.Issuing?.Desk ?? throw AdministrationProblems.Fault.Exception("this node makes no certificates");

    private ValueTask<AdminResult> IssueAsync(AdminCall call) =>
        AnswerAsync(async () => AdminResult.Ok(await Desk.IssueAsync(call.Actor, (CertificateRequestBody)call.Body!, call.Cancellation), Json.CertificateIssued));

    private ValueTask<AdminResult> RenewAsync(AdminCall call) =>
        AnswerAsync(async () => AdminResult.Ok(await Desk.RenewAsync(call.Actor, call.Name, (CertificateRenewBody)call.Body!, call.Cancellation), Json.CertificateIssued));

    private ValueTask<AdminResult> RevokeAsync(AdminCall call) =>
        AnswerAsync(async () => AdminResult.Ok(
            await new RevocationDesk(services.Changes, services.Time).RevokeAsync(call.Actor, (RevocationRequest)call.Body!, call.Cancellation), Json.RevocationResponse));

    private static async ValueTask<AdminResult> AnswerAsync(Func<ValueTask<AdminResult>> answer)
    {
        try
        {
            return await answer();
        }
        catch (ProblemException refused)
        {
            return AdminResult.Refused(refused.Problem);
        }
    }
}
