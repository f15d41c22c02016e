using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// The security API of Elasticsearch and the one of OpenSearch, answered by Gatehouse. The namespace is the gate's own: nothing below
/// it is ever forwarded, whatever the method and whether it is served or not. Each call is decided on here, by the privileges of
/// Elastic's own table; changes are those of the admin API.
/// </summary>
internal sealed class SecurityApi
{
    private static readonly string[] Common = ["pretty", "human", "error_trace", "format", "filter_path", "master_timeout", "timeout", "refresh"];
    private readonly ApiKeyCalls _keys;
    private readonly ApiKeyGrants _grants;
    private readonly ProfileCalls _profiles;
    private readonly UserCalls _users;
    private readonly RoleCalls _roles;
    private readonly MappingCalls _mappings;

    /// <summary>Makes it.</summary>
    /// <param name="changes">Changes of the cluster state.</param>
    /// <param name="authenticator">Names and passwords, for keys that are granted to others.</param>
    /// <param name="hashes">Where passwords are hashed.</param>
    public SecurityApi(IStateChanges changes, IAuthenticator authenticator, HashQueue hashes)
    {
        _keys = new ApiKeyCalls(changes);
        var presented = new PresentedLogin(authenticator);
        _grants = new ApiKeyGrants(presented, _keys);
        _profiles = new ProfileCalls(presented);
        _users = new UserCalls(changes, hashes);
        _roles = new RoleCalls(changes);
        _mappings = new MappingCalls(changes);
    }

    /// <summary>Whether a path is the security API's. Such a request goes nowhere else.</summary>
    public static bool Owns(IReadOnlyList<string> segments) => segments switch
    {
        ["_security", ..] => true,
        ["_xpack", "security", ..] => true,
        ["_plugins" or "_opendistro", "_security", ..] => true,
        _ => false,
    };

    /// <summary>Decides and answers. Never throws for what a client sends.</summary>
    public async ValueTask<SecurityReply> AnswerAsync(SecurityCall call, CancellationToken cancellation)
    {
        string[] path = [.. call.Segments];
        return path switch
        {
            ["_security", .. var rest] => await ElasticAsync(call, rest, cancellation),
            ["_xpack", "security", .. var rest] => await ElasticAsync(call, rest, cancellation),
            ["_plugins" or "_opendistro", "_security", .. var rest] => OpenSearchAnswers.Answer(call, rest),
            _ => SecurityReply.NotServed(call),
        };
    }

    private ValueTask<SecurityReply> ElasticAsync(SecurityCall call, string[] path, CancellationToken cancellation)
    {
        if (path is not [_, ..] || path.Any(static segment => segment.Length == 0))
        {
            return new(SecurityReply.NotServed(call));
        }

        string[] known = path[0] == "api_key" && call.Method == "GET"
            ? ["id", "name", "owner", "realm_name", "username", "active_only", "with_limited_by", "with_profile_uid"]
            : path[0] is "_query" ? ["with_limited_by", "with_profile_uid", "typed_keys"]
            : path[0] is "user" && call.Method == "GET" ? ["with_profile_uid"]
            : path[0] is "profile" ? ["data"]
            : [];
        if (call.Query.Keys.FirstOrDefault(name => !Common.Contains(name) && !known.Contains(name)) is { } unknown)
        {
            return new(SecurityReply.Wrong(
                $"request [/{AdminRequestReader.Shown(string.Join('/', call.Segments))}] contains unrecognized parameter: [{AdminRequestReader.Shown(unknown)}]"));
        }

        return path[0] switch
        {
            "_authenticate" when path.Length == 1 && call.Method == "GET" => new(IdentityAnswers.Authenticate(call)),
            "api_key" => KeysAsync(call, path, cancellation),
            "_query" when path is [_, "api_key"] && call.Method is "GET" or "POST" => new(ApiKeyReads.Query(call)),
            "user" => UsersAsync(call, path, cancellation),
            "role" => RolesAsync(call, path, cancellation),
            "role_mapping" => MappingsAsync(call, path, cancellation),
            "privilege" => new(PrivilegeAnswers.Answer(call, path)),
            "profile" => ProfilesAsync(call, path, cancellation),
            _ => new(SecurityReply.NotServed(call)),
        };
    }

    private ValueTask<SecurityReply> KeysAsync(SecurityCall call, string[] path, CancellationToken cancellation) => (call.Method, path) switch
    {
        ("GET", [_]) => new(ApiKeyReads.Get(call)),
        ("POST" or "PUT", [_]) => _keys.CreateAsync(call, cancellation),
        ("DELETE", [_]) => _keys.InvalidateAsync(call, cancellation),
        ("POST", [_, "_bulk_update"]) => _keys.UpdateManyAsync(call, cancellation),
        ("POST", [_, "grant"]) => _grants.GrantAsync(call, cancellation),
        ("POST", [_, "clone"]) => new(SecurityReply.NotServed(call, "keys are not cloned here")),
        ("PUT", [_, var id]) => _keys.UpdateAsync(call, id, cancellation),
        _ => new(SecurityReply.NotServed(call)),
    };

    private ValueTask<SecurityReply> UsersAsync(SecurityCall call, string[] path, CancellationToken cancellation) => (call.Method, path) switch
    {
        ("GET" or "POST", [_, "_has_privileges"]) => new(HasPrivileges.Answer(call, null)),
        ("GET" or "POST", [_, var name, "_has_privileges"]) => new(HasPrivileges.Answer(call, name)),
        ("GET", [_, "_privileges"]) => new(IdentityAnswers.Privileges(call)),
        ("PUT" or "POST", [_, "_password"]) => _users.PasswordAsync(call, null, cancellation),
        ("PUT" or "POST", [_, var name, "_password"]) => _users.PasswordAsync(call, name, cancellation),
        ("PUT" or "POST", [_, var name, "_enable"]) => _users.EnableAsync(call, name, true, cancellation),
        ("PUT" or "POST", [_, var name, "_disable"]) => _users.EnableAsync(call, name, false, cancellation),
        ("GET", [_]) => new(UserCalls.Get(call, null)),
        ("GET", [_, var names]) => new(UserCalls.Get(call, names)),
        ("PUT" or "POST", [_, var name]) => _users.PutAsync(call, name, cancellation),
        ("DELETE", [_, var name]) => _users.DeleteAsync(call, name, cancellation),
        _ => new(SecurityReply.NotServed(call)),
    };

    private ValueTask<SecurityReply> ProfilesAsync(SecurityCall call, string[] path, CancellationToken cancellation) => (call.Method, path) switch
    {
        ("POST" or "PUT", [_, "_activate"]) => _profiles.ActivateAsync(call, cancellation),
        ("GET" or "POST", [_, "_suggest"]) => new(ProfileCalls.Suggest(call)),
        ("GET", [_, var uids]) when uids[0] != '_' => new(ProfileCalls.Get(call, uids)),
        _ => new(SecurityReply.NotServed(call, "what an application would keep with a profile is not kept")),
    };

    private ValueTask<SecurityReply> RolesAsync(SecurityCall call, string[] path, CancellationToken cancellation) => (call.Method, path) switch
    {
        ("GET", [_]) => new(RoleCalls.Get(call, null)),
        ("GET", [_, var names]) => new(RoleCalls.Get(call, names)),
        ("PUT" or "POST", [_, var name]) => _roles.PutAsync(call, name, cancellation),
        ("DELETE", [_, var name]) => _roles.DeleteAsync(call, name, cancellation),
        _ => new(SecurityReply.NotServed(call)),
    };

    private ValueTask<SecurityReply> MappingsAsync(SecurityCall call, string[] path, CancellationToken cancellation) => (call.Method, path) switch
    {
        ("GET", [_]) => new(MappingCalls.Get(call, null)),
        ("GET", [_, var names]) => new(MappingCalls.Get(call, names)),
        ("PUT" or "POST", [_, var name]) => _mappings.PutAsync(call, name, cancellation),
        ("DELETE", [_, var name]) => _mappings.DeleteAsync(call, name, cancellation),
        _ => new(SecurityReply.NotServed(call)),
    };
}
