using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// Native users in Elastic's form. Users who reach beyond Elasticsearch, and roles that do, need the admin API's right besides
/// (<see cref="SecurityRights"/>). <c>email</c> and <c>metadata</c> are read and not kept: nothing is decided by them.
/// </summary>
internal sealed class UserCalls(IStateChanges changes, HashQueue hashes)
{
    private const string Manage = "manage_security";

    /// <summary><c>GET /_security/user[/NAMES]</c>.</summary>
    public static SecurityReply Get(SecurityCall call, string? names)
    {
        if (SecurityRights.Needs(call, "read_security") is { } denied)
        {
            return denied;
        }

        string[]? wanted = names?.Split(',');
        UserDocument[] users = [.. call.Snapshot.Document.Users.Values.Where(user => wanted is null || wanted.Contains(user.Name))];
        return SecurityReply.Of(
            json =>
            {
                foreach (UserDocument user in users)
                {
                    Write(json, user, call.Now);
                }
            },
            wanted is not null && users.Length == 0 ? 404 : 200);
    }

    /// <summary><c>PUT /_security/user/NAME</c>: makes it, or puts roles, name and state in place of what was.</summary>
    public async ValueTask<SecurityReply> PutAsync(SecurityCall call, string name, CancellationToken cancellation)
    {
        if (SecurityRights.Needs(call, Manage) is { } denied)
        {
            return denied;
        }

        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: false, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        string? password = body.Text("password");
        IReadOnlyList<string>? roles = body.Texts("roles");
        string? fullName = body.Text("full_name");
        bool? enabled = body.Flag("enabled");
        body.Ignore("email", "metadata");
        body.MustBeEmpty("password_hash", "Gatehouse has hashes of its own; give the password");
        if (body.Text("username") is { } inside && inside != name)
        {
            body.Refuse("[username] is not the one of the path");
        }

        if (roles is null)
        {
            body.Refuse("[roles] is required");
        }

        if (body.Fault() is { } fault)
        {
            return SecurityReply.Wrong(fault);
        }

        Problem? problem = !UserName.IsValid(name, out string? why)
            ? AdministrationProblems.InvalidName.Because($"`{AdminRequestReader.Shown(name)}` is no user name: {why}")
            : UserChanges.CheckFullName(fullName);
        string? hash = null;
        if (problem is null && password is not null)
        {
            (hash, problem) = await HashAsync(name, password, cancellation);
        }

        if (problem is not null)
        {
            return SecurityReply.From(problem);
        }

        bool isMade = false;
        var request = new UserSetRequest { Roles = [.. roles!.Distinct(StringComparer.Ordinal)], FullName = fullName ?? "", Enabled = enabled };
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName, $"set user {name}", document => Put(document, call, name, request, hash, out isMade), cancellation);
        return SecurityReply.From(outcome, $"user/{name}", json => json.WriteBoolean("created", isMade));
    }

    /// <summary><c>DELETE /_security/user/NAME</c>.</summary>
    public async ValueTask<SecurityReply> DeleteAsync(SecurityCall call, string name, CancellationToken cancellation)
    {
        if (SecurityRights.Needs(call, Manage) is { } denied)
        {
            return denied;
        }

        bool isFound = false;
        string shown = AdminRequestReader.Shown(name);
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName,
            $"remove user {shown}",
            document =>
            {
                isFound = document.Users.TryGetValue(name, out UserDocument? user);
                return !isFound ? default
                    : SecurityRights.ForUser(call, document, name, user!.Roles) is { } problem ? ChangeDecision.Refuse(problem)
                    : UserChanges.Remove(document, name);
            },
            cancellation);
        SecurityReply reply = SecurityReply.From(outcome, $"user/{shown}", json => json.WriteBoolean("found", isFound));
        return outcome.Succeeded && !isFound ? reply with { Status = 404, Reason = "not_found" } : reply;
    }

    /// <summary><c>_enable</c> and <c>_disable</c>.</summary>
    public async ValueTask<SecurityReply> EnableAsync(SecurityCall call, string name, bool enabled, CancellationToken cancellation)
    {
        if (SecurityRights.Needs(call, Manage) is { } denied)
        {
            return denied;
        }

        string shown = AdminRequestReader.Shown(name);
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName,
            $"{(enabled ? "enable" : "disable")} user {shown}",
            document => !document.Users.TryGetValue(name, out UserDocument? user) ? ChangeDecision.Refuse(UserChanges.Unknown(name))
                : SecurityRights.ForUser(call, document, name, user.Roles) is { } problem ? ChangeDecision.Refuse(problem)
                : UserChanges.Set(document, name, new UserSetRequest { Enabled = enabled }, [], call.Now),
            cancellation);
        return SecurityReply.From(outcome, $"user/{shown}", static _ => { });
    }

    /// <summary><c>_password</c>: one's own without a privilege, but neither with a key nor as somebody else.</summary>
    public async ValueTask<SecurityReply> PasswordAsync(SecurityCall call, string? name, CancellationToken cancellation)
    {
        bool isOwn = call.Principal.Realm == RealmNames.Native && call.Actor is null && (name is null || name == call.Principal.Name);
        if (name is null && !isOwn)
        {
            return SecurityReply.Wrong($"user [{AdminRequestReader.Shown(call.Principal.Name)}] did not log in with a password of Gatehouse's own, and changes none", ElasticError.Security, 403);
        }

        if (!isOwn && SecurityRights.Needs(call, Manage) is { } denied)
        {
            return denied;
        }

        name ??= call.Principal.Name;
        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: false, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        string? password = body.Text("password");
        body.MustBeEmpty("password_hash", "Gatehouse has hashes of its own; give the password");
        if (body.Fault() is { } fault || password is null)
        {
            return SecurityReply.Wrong(body.Fault() ?? "[password] is required");
        }

        // Who may not is told before a hash is made, and looked at once more with the newest state.
        Problem? problem = isOwn ? null : SecurityRights.ForPassword(call, call.Snapshot.Document, name);
        string? hash = null;
        if (problem is null)
        {
            (hash, problem) = await HashAsync(name, password, cancellation);
        }

        if (problem is not null)
        {
            return SecurityReply.From(problem);
        }

        string shown = AdminRequestReader.Shown(name);
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName,
            $"change the password of user {shown}",
            document => !isOwn && SecurityRights.ForPassword(call, document, name) is { } late ? ChangeDecision.Refuse(late)
                : UserChanges.Password(document, name, hash!, endsService: false, call.Now),
            cancellation);
        return SecurityReply.From(outcome, $"user/{shown}", static _ => { });
    }

    private static ChangeDecision Put(ClusterDocument document, SecurityCall call, string name, UserSetRequest request, string? hash, out bool isMade)
    {
        isMade = !document.Users.TryGetValue(name, out UserDocument? user);
        ImmutableArray<string> had = user?.Roles ?? [];
        Problem? problem = SecurityRights.ForUser(call, document, name, had)
            ?? (hash is null || isMade ? null : SecurityRights.ForPassword(call, document, name))
            ?? SecurityRights.ForRoles(call, document, request.Roles!.Except(had, StringComparer.Ordinal));
        if (problem is not null)
        {
            return ChangeDecision.Refuse(problem);
        }

        if (!isMade)
        {
            ChangeDecision set = UserChanges.Set(document, name, request, [], call.Now);
            return set.Next is null || hash is null ? set : UserChanges.Password(set.Next, name, hash, endsService: false, call.Now);
        }

        return hash is null
            ? ChangeDecision.Refuse(AdministrationProblems.InvalidValue.Because("a new user needs a password"))
            : UserChanges.Add(document, new UserDocument
            {
                Name = name,
                Password = hash,
                Roles = [.. request.Roles!],
                Enabled = request.Enabled ?? true,
                FullName = string.IsNullOrEmpty(request.FullName) ? null : request.FullName,
                Created = call.Now,
                Changed = call.Now,
            });
    }

    // About 0.1 s of CPU: never on the request's thread.
    private async ValueTask<(string? Hash, Problem? Problem)> HashAsync(string user, string password, CancellationToken cancellation)
    {
        if (!PasswordRules.IsAcceptable(user, password, out string? why))
        {
            return (null, AdministrationProblems.InvalidPassword.Because($"the password is not accepted: {why}", hint: "a few words in a row make a good one"));
        }

        string? hash = null;
        bool isQueued = hashes.TryRun(() => (hash = PasswordHash.Create(password)) is not null, out Task<bool> done);
        return isQueued && await done.WaitAsync(cancellation)
            ? (hash, null)
            : (null, AdministrationProblems.LoginLimited.Because("too many passwords are being changed at once", hint: "try again in a moment"));
    }

    private static void Write(Utf8JsonWriter json, UserDocument user, DateTimeOffset now)
    {
        json.WriteStartObject(user.Name);
        json.WriteString("username", user.Name);
        ElasticRoles.WriteTexts(json, "roles", user.Roles);
        json.WriteString("full_name", user.FullName);
        json.WriteNull("email");
        json.WriteStartObject("metadata");
        json.WriteEndObject();
        json.WriteBoolean("enabled", user.Enabled && !(user.Expires <= now));
        json.WriteEndObject();
    }
}
