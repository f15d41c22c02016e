using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Connect;

/// <summary>Makes a product's identity through the admin API, or gives it a new credential.</summary>
/// <param name="client">The daemon.</param>
/// <param name="product">The product.</param>
/// <param name="name">The user's name.</param>
/// <param name="isKey">Whether it acts by an API key, or else by a password.</param>
/// <param name="withSetup">Whether it also may load templates and policies.</param>
internal sealed class ConnectIdentity(AdminClient client, Product product, string name, bool isKey, bool withSetup)
{
    private static AdminJson Json => CommandContext.Json;

    /// <summary>What the operator should know.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Names of the roles it gets.</summary>
    public string[] Roles => [.. Wanted.Select(static role => role.Name!)];

    private IEnumerable<RoleView> Wanted => withSetup && product.Setup is { } setup ? [.. product.Roles, setup] : product.Roles;

    private string KeyName => $"{product.Title}, by gatehouse connect";

    private string UserPath => $"/v1/users/{AdminClient.Segment(name)}";

    /// <summary>Looks whether it may be made, or given a new credential. Changes nothing.</summary>
    public async Task CheckAsync(bool isRotation, CancellationToken cancellation)
    {
        UserView? user = await FindAsync(UserPath, Json.UserView, cancellation);
        if (user is null)
        {
            if (isRotation)
            {
                throw CommandFailure.Refused(AdministrationProblems.NotFound, $"there is no user `{name}` whose credential could be replaced", "without --rotate it is made");
            }

            return;
        }

        if (!isRotation)
        {
            throw CommandFailure.Refused(
                AdministrationProblems.AlreadyThere, $"the identity `{name}` is there already", "--rotate makes a new credential and ends the old one; --name NAME makes another identity");
        }

        // A name that somebody mistyped must not take an administrator's password or roles away.
        string[] ours = [.. product.Roles.Append(product.Setup).OfType<RoleView>().Select(static role => role.Name!)];
        if (user.BreakGlass || user.Roles.FirstOrDefault(role => !ours.Contains(role)) is not null || user.Roles.Count == 0)
        {
            throw CommandFailure.Refused(AdministrationProblems.InvalidValue, $"`{name}` was not made for {product.Title}: it has other roles than {string.Join(", ", ours)}", "gatehouse user show tells them");
        }

        if (user.Service != isKey)
        {
            throw CommandFailure.Refused(
                AdministrationProblems.InvalidValue,
                $"`{name}` {(user.Service ? "is a service account, which acts by keys" : "has a password")}",
                user.Service ? "--key" : "--password");
        }
    }

    /// <summary>Makes roles and user, where they are not there, and a credential. What it replaces is ended with <see cref="EndOldAsync"/>.</summary>
    public async Task<Credential> MakeAsync(bool isRotation, CancellationToken cancellation)
    {
        foreach (RoleView role in Wanted)
        {
            await EnsureAsync(role, cancellation);
        }

        string? password = isKey ? null : PasswordInput.Generate();
        if (!isRotation)
        {
            await client.SendAsync(
                HttpMethod.Post,
                "/v1/users",
                new UserAddRequest { Name = name, Password = password, Roles = Roles, Service = isKey, FullName = product.Title },
                Json.UserAddRequest,
                Json.ChangeResponse,
                cancellation);
        }
        else
        {
            await client.SendAsync(HttpMethod.Patch, UserPath, new UserSetRequest { Roles = Roles }, Json.UserSetRequest, Json.ChangeResponse, cancellation);
            if (password is not null)
            {
                await client.SendAsync(
                    HttpMethod.Post, UserPath + "/password", new PasswordRequest { Password = password }, Json.PasswordRequest, Json.ChangeResponse, cancellation);
            }
        }

        return password is not null ? new Credential(name, password, null, null) : await MakeKeyAsync(cancellation);
    }

    /// <summary>Ends the keys that were made here before.</summary>
    public async Task EndOldAsync(Credential kept, CancellationToken cancellation)
    {
        if (!isKey)
        {
            return;
        }

        Answer<ApiKeyListResponse> keys = await client.GetAsync("/v1/apikeys" + AdminClient.Query(("owner", name)), Json.ApiKeyListResponse, cancellation);
        foreach (ApiKeyView key in keys.Value.Keys.Where(key => key.Name == KeyName && key.Id != kept.KeyId))
        {
            await client.SendAsync(HttpMethod.Delete, $"/v1/apikeys/{AdminClient.Segment(key.Id)}", Json.ChangeResponse, cancellation);
        }
    }

    private async Task<Credential> MakeKeyAsync(CancellationToken cancellation)
    {
        Answer<ApiKeyCreateResponse> made = await client.SendAsync(
            HttpMethod.Post, "/v1/apikeys", new ApiKeyCreateRequest { Name = KeyName, Owner = name }, Json.ApiKeyCreateRequest, Json.ApiKeyCreateResponse, cancellation);
        return ApiKeySecret.TryParse(made.Value.Key, out string id, out ReadOnlySpan<char> secret)
            ? new Credential(name, null, id, secret.ToString())
            : throw CommandFailure.CannotRun(AdministrationProblems.UnexpectedAnswer, "the daemon made an API key of a form that is not known here", "both sides must have the same version");
    }

    /// <summary>A role of this name that an operator wrote stays as it is: it may be narrower on purpose.</summary>
    private async Task EnsureAsync(RoleView role, CancellationToken cancellation)
    {
        string path = $"/v1/roles/{AdminClient.Segment(role.Name!)}";
        RoleView? there = await FindAsync(path, Json.RoleView, cancellation);
        if (role.Grants.Count == 0)
        {
            if (there is null or { BuiltIn: not true })
            {
                Notes.Add($"role {role.Name} is not the built-in one; it was left as it is");
            }
        }
        else if (there is null)
        {
            await client.SendAsync(HttpMethod.Put, path, role, Json.RoleView, Json.ChangeResponse, cancellation);
        }
        else if (Text(there) != Text(role))
        {
            Notes.Add($"role {role.Name} grants something else than it would by itself; it was left as it is");
        }
    }

    private static string Text(RoleView role) => JsonSerializer.Serialize(new RoleView { Grants = role.Grants }, AdminJson.Default.RoleView);

    private async Task<T?> FindAsync<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return (await client.GetAsync(path, type, cancellation)).Value;
        }
        catch (CommandFailure failure) when (failure.Error.Id == AdministrationProblems.NotFound.Id)
        {
            return null;
        }
    }
}
