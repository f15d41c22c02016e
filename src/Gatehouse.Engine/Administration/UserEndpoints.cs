using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Users. Giving a role to somebody needs <c>role.assign</c> on that role besides <c>user.write</c> on the user.</summary>
internal sealed class UserEndpoints(AdminServices services, HashQueue hashes)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/users", "user.list", ListAsync) { Answer = Json.UserListResponse },
        new("POST", "/v1/users", "user.write", AddAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.UserAddRequest, Operations = AddOperations },
        new("GET", "/v1/users/{name}", "user.read", ShowAsync) { Answer = Json.UserView, Access = AdminAccess.SelfOrRole, IsAboutSelf = IsSelf },
        new("PATCH", "/v1/users/{name}", "user.write", SetAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.UserSetRequest, Operations = SetOperations },
        new("DELETE", "/v1/users/{name}", "user.write", RemoveAsync) { Answer = Json.ChangeResponse, Changes = true },
        new("POST", "/v1/users/{name}/reset", "user.reset", ResetAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.PasswordRequest },
        new("POST", "/v1/users/{name}/password", "user.password", PasswordAsync)
        {
            Answer = Json.ChangeResponse,
            Changes = true, Body = Json.PasswordRequest, Access = AdminAccess.SelfOrRole, IsAboutSelf = IsSelf,
        },
    ];

    private static bool IsSelf(AdminCall call) => call.Principal.Realm == RealmNames.Native && call.Principal.Name == call.Name;

    private static IEnumerable<AdminOperation> AddOperations(AdminCall call)
    {
        var body = (UserAddRequest)call.Body!;
        return [new AdminOperation(call.Endpoint.Interned, body.Name), .. body.Roles.Distinct(StringComparer.Ordinal).Select(Assign)];
    }

    private static IEnumerable<AdminOperation> SetOperations(AdminCall call)
    {
        var body = (UserSetRequest)call.Body!;
        IEnumerable<string> had = call.Snapshot.Users.TryGetValue(call.Name, out UserDocument? user) ? user.Roles : [];
        IEnumerable<string> given = [.. body.Roles ?? [], .. body.AddRoles ?? []];
        return [new AdminOperation(call.Endpoint.Interned, call.Name), .. given.Except(had, StringComparer.Ordinal).Select(Assign)];
    }

    private static AdminOperation Assign(string role) => AdminEndpoint.Operation("role.assign", role);

    private ValueTask<AdminResult> ListAsync(AdminCall call) =>
        new(AdminResult.Ok(new UserListResponse { Users = [.. call.Snapshot.Document.Users.Values.Select(View)] }, Json.UserListResponse));

    private ValueTask<AdminResult> ShowAsync(AdminCall call) => new(
        call.Snapshot.Document.Users.TryGetValue(call.Name, out UserDocument? user)
            ? AdminResult.Ok(View(user), Json.UserView)
            : AdminResult.Refused(UserChanges.Unknown(call.Name)));

    private async ValueTask<AdminResult> AddAsync(AdminCall call)
    {
        var body = (UserAddRequest)call.Body!;
        if (!UserName.IsValid(body.Name, out string? why))
        {
            return AdminResult.Refused(AdministrationProblems.InvalidName.Because($"`{AdminRequestReader.Shown(body.Name)}` is no user name: {why}"));
        }

        if (UserChanges.CheckFullName(body.FullName) is { } wrong)
        {
            return AdminResult.Refused(wrong);
        }

        string? hash = null;
        if (body is { Service: true, BreakGlass: true })
        {
            return AdminResult.Refused(IdentityProblems.BreakGlassKeys.Because("a break-glass account logs in with its password; a service account has none"));
        }

        if (body is { Service: true, Password: not null })
        {
            return AdminResult.Refused(UserChanges.ServicePassword(body.Name));
        }

        if (body.Password is not null)
        {
            (hash, Problem? problem) = await HashAsync(body.Name, body.Password);
            if (problem is not null)
            {
                return AdminResult.Refused(problem);
            }
        }

        DateTimeOffset now = services.Time.GetUtcNow();
        var user = new UserDocument
        {
            Name = body.Name,
            Password = hash,
            IsService = body.Service,
            IsBreakGlass = body.BreakGlass,
            Roles = [.. body.Roles.Distinct(StringComparer.Ordinal)],
            Enabled = body.Enabled,
            Expires = body.Expires?.ToUniversalTime(),
            FullName = string.IsNullOrEmpty(body.FullName) ? null : body.FullName,
            Created = now,
            Changed = now,
        };
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"add user {user.Name}", document => UserChanges.Add(document, user), call.Cancellation));
    }

    private async ValueTask<AdminResult> SetAsync(AdminCall call)
    {
        var body = (UserSetRequest)call.Body!;
        if (UserChanges.CheckFullName(body.FullName) is { } wrong)
        {
            return AdminResult.Refused(wrong);
        }

        if (body is { Roles: not null, AddRoles: not null } or { Roles: not null, RemoveRoles: not null } or { Expires: not null, NeverExpires: true })
        {
            return AdminResult.Refused(AdministrationProblems.InvalidValue.Because("`roles` replaces, `add_roles` and `remove_roles` change; and `expires` contradicts `never_expires`"));
        }

        // What was authorized is what was asked for on the snapshot; roles that the user lost meanwhile are not given back.
        DateTimeOffset now = services.Time.GetUtcNow();
        ImmutableArray<string> authorized = call.Snapshot.Users.TryGetValue(call.Name, out UserDocument? seen) ? seen.Roles : [];
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"change user {call.Name}", document => UserChanges.Set(document, call.Name, body, authorized, now), call.Cancellation));
    }

    private async ValueTask<AdminResult> RemoveAsync(AdminCall call) => AdminResult.From(await services.Changes.ChangeAsync(
        call.Actor, $"remove user {call.Name}", document => UserChanges.Remove(document, call.Name), call.Cancellation));

    /// <summary>For the one on the host who was locked out: the kernel's word counts here, and no right of the policy.</summary>
    private async ValueTask<AdminResult> ResetAsync(AdminCall call)
    {
        if (call.Principal.Realm != RealmNames.Kernel)
        {
            return AdminResult.Refused(AdministrationProblems.OnlyOnHost.Because(
                "an administrator is reset on the node's own host, over the Unix socket", hint: "as root or as the daemon's user: gatehouse admin reset"));
        }

        if (!UserName.IsValid(call.Name, out string? why))
        {
            return AdminResult.Refused(AdministrationProblems.InvalidName.Because($"`{AdminRequestReader.Shown(call.Name)}` is no user name: {why}"));
        }

        (string? hash, Problem? problem) = await HashAsync(call.Name, ((PasswordRequest)call.Body!).Password);
        if (hash is null)
        {
            return AdminResult.Refused(problem!);
        }

        DateTimeOffset now = services.Time.GetUtcNow();
        AdminResult result = AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"reset administrator {call.Name}", document => UserChanges.Reset(document, call.Name, hash, now), call.Cancellation));
        if (result.Problem is null)
        {
            _ = services.Trail.Write(new AuditEvent
            {
                Action = AuditAction.Alarm,
                Outcome = AuditOutcome.Success,
                Time = now,
                User = call.Principal.Name,
                Realm = call.Principal.Realm,
                Target = "user/" + call.Name,
                Message = "an administrator was reset from the host",
            });
        }

        return result;
    }

    private async ValueTask<AdminResult> PasswordAsync(AdminCall call)
    {
        var body = (PasswordRequest)call.Body!;
        if (!call.Snapshot.Users.TryGetValue(call.Name, out UserDocument? user))
        {
            return AdminResult.Refused(UserChanges.Unknown(call.Name));
        }

        if (user.IsService && !body.EndService)
        {
            return AdminResult.Refused(UserChanges.ServicePassword(call.Name));
        }

        (string? hash, Problem? problem) = await HashAsync(call.Name, body.Password);
        if (hash is null)
        {
            return AdminResult.Refused(problem!);
        }

        DateTimeOffset now = services.Time.GetUtcNow();
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"change the password of user {call.Name}", document => UserChanges.Password(document, call.Name, hash, body.EndService, now), call.Cancellation));
    }

    // About 0.1 s of CPU: never on the request's thread.
    private async ValueTask<(string? Hash, Problem? Problem)> HashAsync(string user, string password)
    {
        if (!PasswordRules.IsAcceptable(user, password, out string? why))
        {
            return (null, AdministrationProblems.InvalidPassword.Because($"the password is not accepted: {why}", hint: "a few words in a row make a good one"));
        }

        string? hash = null;
        bool isQueued = hashes.TryRun(() => (hash = PasswordHash.Create(password)) is not null, out Task<bool> done);
        return isQueued && await done
            ? (hash, null)
            : (null, AdministrationProblems.LoginLimited.Because("too many passwords are being changed at once", hint: "try again in a moment"));
    }

    private static UserView View(UserDocument user) => new()
    {
        Name = user.Name,
        FullName = user.FullName,
        Roles = user.Roles,
        Enabled = user.Enabled,
        Expires = user.Expires,
        HasPassword = user.Password is not null,
        Service = user.IsService,
        BreakGlass = user.IsBreakGlass,
        Created = user.Created,
        Changed = user.Changed,
    };
}
