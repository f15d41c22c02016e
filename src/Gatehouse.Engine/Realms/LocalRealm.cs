using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Engine.Connections;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Step 4 of gates for programs of this host that cannot send credentials (realm <c>local</c>): the kernel says whose process made the
/// connection, and <c>allow_users</c> whose may. Such a login has the roles <c>local.USER</c> and <c>local.GATE</c>, which grant
/// nothing until somebody makes them, and before Kubo the calls that IPFS Cluster lives on. Whatever the request presents is not looked at.
/// </summary>
internal sealed class LocalRealm
{
    /// <summary>RFC 9110 section 15.5.2 wants one; there is nothing that a client could present.</summary>
    public const string Challenge = "Local realm=\"gatehouse\"";

    private const string UserIdAttribute = "uid";
    private const string KuboSystem = "kubo";
    private const string KuboRole = "ipfs_kubo_calls";

    private readonly ImmutableArray<uint> _allowed;
    private readonly ImmutableArray<string> _roles;
    private readonly ConcurrentDictionary<uint, Authenticated> _logins = new();

    private LocalRealm(string gate, string? system, ImmutableArray<uint> allowed)
    {
        _allowed = allowed;
        _roles = system == KuboSystem ? ["local." + gate, KuboRole] : ["local." + gate];
    }

    /// <summary>The realm of a gate that names it; with a problem where a user is not there.</summary>
    /// <param name="gate">The gate's name.</param>
    /// <param name="system">Its system.</param>
    /// <param name="users">Names or uids of those whose programs may connect.</param>
    /// <param name="problems">Where problems are collected.</param>
    public static LocalRealm Of(string gate, string? system, ImmutableArray<string> users, ICollection<Problem> problems)
    {
        var allowed = ImmutableArray.CreateBuilder<uint>();
        foreach (string name in users)
        {
            if (LocalUsers.TryFind(name, out uint user))
            {
                allowed.Add(user);
            }
            else
            {
                problems.Add(GateProblems.GateSetting.Because($"gate `{gate}`: `allow_users` names `{name}`, which is no user of this host"));
            }
        }

        return new LocalRealm(gate, system, allowed.ToImmutable());
    }

    /// <summary>Who made a connection, and whether it may. Asked with each request: the answer of the kernel is kept, the list may change.</summary>
    public async ValueTask<AuthenticationResult> AuthenticateAsync(LiveConnection connection)
    {
        SocketOwner? user = connection.LocalUser is { } asked ? await asked : null;
        if (user is null)
        {
            return new AuthenticationResult(AuthenticationStatus.Refused) { Reason = "local: process_unknown" };
        }

        return _allowed.Contains(user.UserId)
            ? new AuthenticationResult(AuthenticationStatus.Accepted, _logins.GetOrAdd(user.UserId, _ => Login(user)), user.UserName)
            : new AuthenticationResult(AuthenticationStatus.Refused, PresentedName: user.UserName)
            {
                Reason = string.Create(CultureInfo.InvariantCulture, $"local: uid {user.UserId} is not in allow_users"),
            };
    }

    /// <summary>Whether a login of this realm would be let in now.</summary>
    public bool Admits(Principal principal) =>
        principal.Attributes.TryGetValue(UserIdAttribute, out string? text)
        && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint user)
        && _allowed.Contains(user);

    private Authenticated Login(SocketOwner user)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal) { [UserIdAttribute] = user.UserId.ToString(CultureInfo.InvariantCulture) };
        return new Authenticated(
            new Principal(user.UserName, RealmNames.Local, ["local." + user.UserName, .. _roles], attributes.ToFrozenDictionary(StringComparer.Ordinal)), 0);
    }
}
