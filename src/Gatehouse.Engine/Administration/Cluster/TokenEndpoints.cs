using System.Collections.Immutable;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Enrolment;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>Enrolment tokens: made, listed, taken back. The key of one is shown once and kept nowhere.</summary>
internal sealed class TokenEndpoints(AdminServices services)
{
    private const int LeastSeconds = 300;
    private const int MostSeconds = 86_400;
    private const int MostServices = 64;
    private static readonly MembershipJson Json = MembershipJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("POST", "/v1/enrolment-tokens", "token.create", CreateAsync)
        {
            Answer = Json.JoinTokenCreated, Changes = true, Body = Json.JoinTokenRequest, Operations = CreateOperations,
        },
        new("GET", "/v1/enrolment-tokens", "token.read", ListAsync) { Answer = Json.JoinTokenListResponse },
        new("DELETE", "/v1/enrolment-tokens/{id}", "token.revoke", RevokeAsync) { Answer = AdminJson.ChangeResponse, Changes = true },
    ];

    // A host that two nodes share is a name in the certificates of both.
    private static IEnumerable<AdminOperation> CreateOperations(AdminCall call) => AdminEndpoints.OnNameInBody(call).Concat(
        ((JoinTokenRequest)call.Body!).SameHosts.Take(HostClaims.Most + 1).Select(static host => AdminEndpoint.Operation("certificate.issue", "server/" + host.ToLowerInvariant())));

    private static Gatehouse.Administration.AdminJson AdminJson => Gatehouse.Administration.AdminJson.Default;

    private async ValueTask<AdminResult> CreateAsync(AdminCall call)
    {
        var body = (JoinTokenRequest)call.Body!;
        if (services.Membership is not { } membership || !membership.IsShared())
        {
            return AdminResult.Refused(Enrolment.NotShared());
        }

        if (Check(body) is { } wrong)
        {
            return AdminResult.Refused(wrong);
        }

        ImmutableArray<TokenAddress> addresses = Addresses(body, membership, call.Snapshot.Document.Membership, out Problem? nowhere);
        if (nowhere is not null)
        {
            return AdminResult.Refused(nowhere);
        }

        using JoinToken token = JoinToken.Create(membership.Trust.CaFingerprint, body.Node, [.. body.Roles], addresses, call.Now.AddSeconds(body.ValidSeconds));
        var document = new TokenDocument
        {
            Id = token.Id,
            KeyHash = token.KeyHash,
            Node = token.Node,
            Roles = token.Roles,
            Services = [.. body.Services],
            Replace = body.Replace,
            SameHosts = body.SameHosts.Count == 0 ? null : [.. body.SameHosts.Select(static host => host.ToLowerInvariant())],
            Created = call.Now,
            CreatedBy = call.Actor,
            Expires = token.Expires,
        };
        ChangeOutcome outcome = await services.Changes.ChangeAsync(
            call.Actor,
            $"enrolment token {token.Id} for node {token.Node}{(body.Replace ? ", in place of the one there is" : "")}",
            state => TokenChanges.Add(state, document, call.Now),
            call.Cancellation);
        return outcome.Succeeded
            ? AdminResult.Ok(
                new JoinTokenCreated
                {
                    Generation = outcome.Generation,
                    Id = token.Id,
                    Token = token.Encode(),
                    Node = token.Node,
                    Addresses = [.. addresses.Select(static a => a.ToString())],
                    Expires = token.Expires,
                },
                Json.JoinTokenCreated)
            : AdminResult.From(outcome);
    }

    private static Problem? Check(JoinTokenRequest body)
    {
        string? wrong = !JoinToken.IsNodeName(body.Node) ? "a node's name has 1 to 63 letters, digits, `.`, `_` and `-`, beginning with a letter or digit"
            : body.Roles.Any(static role => role != NodeDocument.Issuer) || body.Roles.Count > 1 ? "the only role of a node is `issuer`"
            : body.ValidSeconds is < LeastSeconds or > MostSeconds ? "a token is valid from 5 minutes to 24 hours"
            : body.Services.Count > MostServices || body.Services.Any(static s => s.Length is 0 or > 63 || (s != "*" && !s.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')))
                ? "a service's name has 1 to 63 lower-case letters, digits and `-`; `*` is all of them"
            : body.Addresses?.Count is 0 or > JoinToken.MostAddresses ? "a token has 1 to 8 addresses"
            : body.Addresses?.FirstOrDefault(static a => !TokenAddress.TryParse(a, out _)) is { } bad ? $"`{AdminRequestReader.Shown(bad)}` is no address; write HOST:PORT"
            : body.SameHosts.Count > HostClaims.Most || !body.SameHosts.All(HostClaims.IsHost) ? "a shared host is a name or an address without a port, 8 at most"
            : null;
        return wrong is null ? null : EnrolmentProblems.TokenRequestInvalid.Because(wrong);
    }

    // An issuer has to be asked: this node first, if it is one, then the others where they say that they are reached.
    private static ImmutableArray<TokenAddress> Addresses(JoinTokenRequest body, NodeMembership membership, MembershipDocument document, out Problem? nowhere)
    {
        IEnumerable<string> own = membership.Trust.IsIssuer ? membership.AdminAddresses() : [];
        IEnumerable<string> others = document.Nodes.Values.Where(node => node.IsIssuer && node.Name != membership.Trust.NodeName).Select(static node => node.AdminAddress).OfType<string>();
        var addresses = ImmutableArray.CreateBuilder<TokenAddress>();
        foreach (string text in (body.Addresses ?? own.Concat(others)).Take(JoinToken.MostAddresses))
        {
            if (TokenAddress.TryParse(text, out TokenAddress? address))
            {
                addresses.Add(address);
            }
        }

        nowhere = addresses.Count > 0
            ? null
            : EnrolmentProblems.TokenNowhere.Because(
                "the admin API listens on loopback only, where no other host reaches it",
                hint: "write `admin: {listen: 0.0.0.0:7443}` into gatehouse.yaml and start the daemon again, or say where it is reached with --address HOST:PORT");
        return addresses.ToImmutable();
    }

    private static ValueTask<AdminResult> ListAsync(AdminCall call) => new(AdminResult.Ok(
        new JoinTokenListResponse
        {
            Tokens =
            [
                .. call.Snapshot.Document.Membership.Tokens.Values.OrderBy(static token => token.Created).Select(token => new JoinTokenView
                {
                    Id = token.Id,
                    Node = token.Node,
                    Roles = token.Roles,
                    Services = token.Services,
                    Replace = token.Replace,
                    SameHosts = token.SameHosts ?? [],
                    Created = token.Created,
                    CreatedBy = token.CreatedBy,
                    Expires = token.Expires,
                    State = token.Expires <= call.Now ? "expired" : token.ReservedBy is null ? "open" : "joining",
                }),
            ],
        },
        Json.JoinTokenListResponse));

    private async ValueTask<AdminResult> RevokeAsync(AdminCall call) => AdminResult.From(await services.Changes.ChangeAsync(
        call.Actor, $"enrolment token {AdminRequestReader.Shown(call.Name)} taken back", document => TokenChanges.Remove(document, call.Name, call.Actor, call.Now), call.Cancellation));
}
