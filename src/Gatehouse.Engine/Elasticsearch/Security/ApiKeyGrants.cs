using System.Collections.Immutable;
using System.Text;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// <c>POST /_security/api_key/grant</c>: a key for somebody whose password the caller holds. The password goes the way of every
/// login, with its limits; who guesses is counted and recorded.
/// </summary>
internal sealed class ApiKeyGrants(IAuthenticator authenticator, ApiKeyCalls keys)
{
    /// <summary>Makes it.</summary>
    public async ValueTask<SecurityReply> GrantAsync(SecurityCall call, CancellationToken cancellation)
    {
        if (SecurityRights.Needs(call, "grant_api_key") is { } denied)
        {
            return denied;
        }

        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: false, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        string? name = body.Text("username");
        string? password = body.Text("password");
        if (body.Text("grant_type") != "password" || string.IsNullOrEmpty(name) || name.Contains(':') || password is null)
        {
            body.Refuse("only [grant_type] [password] with [username] and [password] is supported: keys are of native users");
        }

        body.MustBeEmpty("run_as", "who acts as somebody else makes no keys");
        KeyBody? wanted = body.Object("api_key") is { } key ? KeyBody.Read(key) : null;
        if (body.Fault() is { } fault || wanted is null)
        {
            return SecurityReply.Wrong(body.Fault() ?? "[api_key] is required");
        }

        return await VerifyAsync(call, name!, password!, cancellation) is { } refused
            ? refused
            : await keys.MakeAsync(call, wanted, name!, isDerived: false, cancellation) with { Target = $"user/{AdminRequestReader.Shown(name!)}" };
    }

    private async ValueTask<SecurityReply?> VerifyAsync(SecurityCall call, string name, string password, CancellationToken cancellation)
    {
        string reason = "unknown";
        ImmutableArray<string> realms = call.Realms.IsDefaultOrEmpty || call.Realms.Contains(RealmNames.Native) ? [RealmNames.Native] : [];

        // A break-glass account's password raises an alarm wherever it is right; nobody learns here whether it is.
        bool isAsked = !realms.IsEmpty && !(call.Snapshot.Users.TryGetValue(name, out UserDocument? user) && user.IsBreakGlass);
        if (isAsked)
        {
            var request = new AuthenticationRequest(
                "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")), call.Context.Source, realms)
            { Gate = call.Context.Gate };
            AuthenticationResult result = await authenticator.AuthenticateAsync(request, call.Snapshot, cancellation);
            if (result is { Status: AuthenticationStatus.Accepted, Authenticated: { IsBreakGlass: false } login } && login.Principal.Realm == RealmNames.Native)
            {
                return null;
            }

            reason = result.Status == AuthenticationStatus.Limited ? "limited" : "refused";
        }

        return reason == "limited"
            ? SecurityReply.Wrong("too many failed logins, try again later", ElasticError.Security, 429) with { Reason = "grant_limited", Target = $"user/{AdminRequestReader.Shown(name)}" }
            : SecurityReply.Wrong($"unable to authenticate user [{AdminRequestReader.Shown(name)}] for action [grant_api_key]", ElasticError.Security, 401) with
            {
                Action = Audit.AuditAction.AuthenticationFailed,
                Reason = "grant_refused",
                Target = $"user/{AdminRequestReader.Shown(name)}",
            };
    }
}
