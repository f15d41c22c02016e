using System.Collections.Immutable;
using System.Text;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// <c>POST /_security/api_key/grant</c>: a key for somebody whose password the caller holds. The password goes the way of every
/// login, with its limits; who guesses is counted and recorded.
/// </summary>
internal sealed class ApiKeyGrants(PresentedLogin presented, ApiKeyCalls keys)
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

        // Keys are of native users, so that nobody else's password is looked at.
        ImmutableArray<string> realms = call.Realms.IsDefaultOrEmpty || call.Realms.Contains(RealmNames.Native) ? [RealmNames.Native] : [];
        string header = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));
        (Authenticated? login, SecurityReply refusal) = await presented.VerifyAsync(call, header, name, realms, "grant_api_key", cancellation);
        return login is null
            ? refusal
            : await keys.MakeAsync(call, wanted, name!, isDerived: false, cancellation) with { Target = $"user/{AdminRequestReader.Shown(name!)}" };
    }
}
