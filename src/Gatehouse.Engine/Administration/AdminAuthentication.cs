using System.Net;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Administration;

/// <summary>Step 4 of the API: the kernel's word on the Unix socket, name and password elsewhere.</summary>
/// <param name="authenticator">Verifies names and passwords.</param>
/// <param name="processId">The daemon's own process, which may never call itself (a gate's upstream could lead here).</param>
/// <param name="userId">The daemon's effective user.</param>
internal sealed class AdminAuthentication(IAuthenticator authenticator, int processId, uint userId)
{
    /// <summary>The role that callers on the Unix socket have.</summary>
    public const string KernelRole = "superuser";

    /// <summary>Finds out who calls.</summary>
    public async ValueTask<AdminLogin> AuthenticateAsync(HttpContext http, SecuritySnapshot snapshot, DateTimeOffset now)
    {
        IGateConnectionFeature? connection = http.Features.Get<IGateConnectionFeature>();
        if (http.Features.Get<IPeerCredentialFeature>() is { } local)
        {
            return ByKernel(local.Peer, connection);
        }

        if (connection is null or { IsSecured: false })
        {
            // Neither a Unix socket nor TLS: a listener that was put together wrongly gets nobody in.
            return AdminLogin.Refuse(AuthenticationStatus.Refused, null);
        }

        IPEndPoint source = connection.Connection.Source;
        string? header = http.Request.Headers.Authorization.Count == 1 ? http.Request.Headers.Authorization[0] : null;
        var request = new AuthenticationRequest(header, source.Address, default, connection.ClientCertificate);
        if (authenticator.TryGetCached(request, snapshot, now, out Authenticated? cached) && cached is not null)
        {
            return AdminLogin.Accept(new AdminIdentity(cached.Principal, cached, source, connection));
        }

        AuthenticationResult result = await authenticator.AuthenticateAsync(request, snapshot, http.RequestAborted);
        return result is { Status: AuthenticationStatus.Accepted, Authenticated: { } login }
            ? AdminLogin.Accept(new AdminIdentity(login.Principal, login, source, connection))
            : AdminLogin.Refuse(result.Status, result.PresentedName, result.RetryAfter);
    }

    private AdminLogin ByKernel(PeerCredentials peer, IGateConnectionFeature? connection)
    {
        if (peer.ProcessId == processId || (peer.UserId != 0 && peer.UserId != userId))
        {
            return AdminLogin.Refuse(AuthenticationStatus.Refused, $"uid {peer.UserId}");
        }

        string name = peer.UserId == 0 ? "root" : $"uid-{peer.UserId}";
        return AdminLogin.Accept(new AdminIdentity(new Principal(name, RealmNames.Kernel, [KernelRole]), null, null, connection));
    }
}

/// <summary>What came of step 4.</summary>
internal readonly record struct AdminLogin(
    AdminIdentity? Identity, AuthenticationStatus Status, string? PresentedName, TimeSpan RetryAfter)
{
    /// <summary>Somebody.</summary>
    public static AdminLogin Accept(AdminIdentity identity) => new(identity, AuthenticationStatus.Accepted, null, default);

    /// <summary>Nobody.</summary>
    public static AdminLogin Refuse(AuthenticationStatus status, string? name, TimeSpan retryAfter = default) =>
        new(null, status, name, retryAfter);

    /// <summary>What the caller is told: accepted, limited or refused, no more.</summary>
    public Problem ToProblem() => Status == AuthenticationStatus.Limited
        ? AdministrationProblems.LoginLimited.Because("too many failed logins", hint: $"try again in {Math.Max(1, (int)RetryAfter.TotalSeconds)} s")
        : AdministrationProblems.NotAuthenticated.Because("the admin API does not know who is asking", hint: "send name and password, or use the Unix socket as root or as the daemon's user");
}
