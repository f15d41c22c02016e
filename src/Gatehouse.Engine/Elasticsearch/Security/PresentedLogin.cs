using System.Collections.Immutable;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// Credentials of somebody else in a request's body: they go the way of every login, with its limits; who guesses is counted and
/// recorded.
/// </summary>
internal sealed class PresentedLogin(IAuthenticator authenticator)
{
    /// <summary>Who they belong to; else null with the refusal.</summary>
    /// <param name="call">The call.</param>
    /// <param name="authorization">The credentials as a header would have them.</param>
    /// <param name="name">The name in them; null where they have none that can be read.</param>
    /// <param name="realms">Realms that are asked; empty: none is.</param>
    /// <param name="action">What it is for, in Elasticsearch's words.</param>
    /// <param name="cancellation">Ends it.</param>
    public async ValueTask<(Authenticated? Login, SecurityReply Refusal)> VerifyAsync(
        SecurityCall call, string authorization, string? name, ImmutableArray<string> realms, string action, CancellationToken cancellation)
    {
        bool isLimited = false;

        // A break-glass account's password raises an alarm wherever it is right; nobody learns here whether it is.
        if (!realms.IsEmpty && !(name is not null && call.Snapshot.Users.TryGetValue(name, out UserDocument? user) && user.IsBreakGlass))
        {
            var request = new AuthenticationRequest(authorization, call.Context.Source, realms) { Gate = call.Context.Gate };
            AuthenticationResult result = await authenticator.AuthenticateAsync(request, call.Snapshot, cancellation);
            if (result is { Status: AuthenticationStatus.Accepted, Authenticated: { IsBreakGlass: false } login } && realms.Contains(login.Principal.Realm, StringComparer.Ordinal))
            {
                return (login, default);
            }

            isLimited = result.Status == AuthenticationStatus.Limited;
        }

        string? target = name is null ? null : $"user/{AdminRequestReader.Shown(name)}";
        return (null, isLimited
            ? SecurityReply.Wrong("too many failed logins, try again later", ElasticError.Security, 429) with { Reason = "grant_limited", Target = target }
            : SecurityReply.Wrong($"unable to authenticate user [{(name is null ? "of the token" : AdminRequestReader.Shown(name))}] for action [{action}]", ElasticError.Security, 401) with
            {
                Action = AuditAction.AuthenticationFailed,
                Reason = "grant_refused",
                Target = target,
            });
    }
}
