using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Denials;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>Who gets nothing any more, with the store or without it.</summary>
internal sealed class DenialEndpoints(AdminServices services)
{
    private const string Read = "denial.read";
    private const string Change = "denial.change";
    private const int MostReason = 200;
    private const int MostName = 256;
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/denials", Read, ListAsync) { Answer = Json.DenialListResponse },
        new("POST", "/v1/denials", Change, DenyAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.DenialRequest },
        new("DELETE", "/v1/denials", Change, LiftAsync) { Answer = Json.ChangeResponse, Changes = true, Parameters = ["kind", "name"] },
    ];

    private ValueTask<AdminResult> ListAsync(AdminCall call)
    {
        IEnumerable<DenialView> cluster = call.Snapshot.Document.Membership.Denied.Values.Select(static d => ViewOf(d, isLocal: false));
        IEnumerable<DenialView> local = (services.Denials?.All ?? []).Select(static d => ViewOf(d, isLocal: true));
        return new(AdminResult.Ok(new DenialListResponse { Denials = [.. cluster.Concat(local)] }, Json.DenialListResponse));
    }

    private async ValueTask<AdminResult> DenyAsync(AdminCall call)
    {
        var asked = (DenialRequest)call.Body!; // the table names the type
        string reason = asked.Reason ?? "revoked";
        if (WhyNot(asked, reason, call.Snapshot) is { } why)
        {
            return AdminResult.Refused(DenialProblems.CannotDeny.Because(why));
        }

        if (asked.Local)
        {
            return services.Denials is { } denials && await denials.DenyAsync(asked.Kind, asked.Name, reason, call.Actor, call.Cancellation) is { } problem
                ? AdminResult.Refused(problem)
                : AdminResult.Changed(services.Changes.Generation);
        }

        var denial = new DenialDocument
        {
            Kind = asked.Kind,
            Name = asked.Name,
            Reason = reason,
            Time = services.Time.GetUtcNow(),
            By = call.Actor,
            Node = services.Node.Facts.Node,
        };
        string key = DenialDocument.KeyOf(asked.Kind, asked.Name);
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor,
            $"{asked.Kind} {asked.Name} denied: {reason}",
            document => ChangeDecision.To(document with { Membership = document.Membership with { Denied = document.Membership.Denied.SetItem(key, denial) } }),
            call.Cancellation));
    }

    private async ValueTask<AdminResult> LiftAsync(AdminCall call)
    {
        string kind = call.Parameter("kind") ?? DenialKinds.User;
        string name = call.Parameter("name") ?? "";
        string key = DenialDocument.KeyOf(kind, name);
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor,
            $"{kind} {name} denied no more",
            document => document.Membership.Denied.ContainsKey(key)
                ? ChangeDecision.To(document with { Membership = document.Membership with { Denied = document.Membership.Denied.Remove(key) } })
                : ChangeDecision.Refuse(AdministrationProblems.NotFound.Because($"{kind} `{AdminRequestReader.Shown(name)}` is not denied in the cluster state")),
            call.Cancellation));
    }

    private string? WhyNot(DenialRequest asked, string reason, SecuritySnapshot snapshot)
    {
        if (!DenialKinds.All.Contains(asked.Kind, StringComparer.Ordinal))
        {
            return $"`{AdminRequestReader.Shown(asked.Kind)}` is none of {string.Join(", ", DenialKinds.All)}";
        }

        if (asked.Name.Length is 0 or > MostName || asked.Name.Any(char.IsControl) || reason.Length > MostReason || reason.Any(char.IsControl))
        {
            return $"a name has 1 to {MostName} characters, a reason at most {MostReason}, and neither has control characters";
        }

        return asked.Kind switch
        {
            DenialKinds.User when asked.Name.IndexOf('/', StringComparison.Ordinal) is <= 0 => "a user is written `realm/name`, such as `native/anna`",
            DenialKinds.User when asked.Name.StartsWith(RealmNames.Kernel + "/", StringComparison.Ordinal) => "users of this host cannot be kept out of it",
            DenialKinds.Certificate when asked.Name.Length != 64 || !asked.Name.All(char.IsAsciiHexDigitLower) => "a certificate is written as the SHA-256 of its public key, 64 lower-case hex digits",
            DenialKinds.Node when asked.Name == services.Node.Facts.Node => "a node does not deny itself",
            DenialKinds.Node when !snapshot.Document.Membership.Nodes.ContainsKey(asked.Name) => $"there is no node `{AdminRequestReader.Shown(asked.Name)}`",
            _ => null,
        };
    }

    private static DenialView ViewOf(DenialDocument denial, bool isLocal) => new()
    {
        Kind = denial.Kind,
        Name = denial.Name,
        Reason = denial.Reason,
        Time = denial.Time,
        By = denial.By,
        Node = denial.Node,
        IsLocal = isLocal,
    };
}
