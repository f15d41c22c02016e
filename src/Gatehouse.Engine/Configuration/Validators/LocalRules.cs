using System.Net;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>
/// Gates of realm <c>local</c>, where the user of the connecting process is the login: on loopback only, for named users only, and with
/// nothing beside it by which somebody else could come in.
/// </summary>
internal static class LocalRules
{
    /// <summary>Each key that is wrong, and why.</summary>
    public static IEnumerable<(string Key, string Why)> Conflicts(GateConfiguration gate)
    {
        if (!gate.Realms.Contains(RealmNames.Local, StringComparer.Ordinal))
        {
            return gate.AllowUsers.IsEmpty ? [] : [("allow_users", "`allow_users` is for gates of realm `local`")];
        }

        (string Key, bool IsWrong, string Why)[] rules =
        [
            ("realms", gate.Protocol is not ("http" or ""), "realm `local` is for http gates"),
            ("realms", gate.Realms.Length > 1, "realm `local` stands alone: a gate for local programs asks for no credentials"),
            ("allow_users", gate.AllowUsers.IsEmpty, "realm `local` needs `allow_users`, the users whose programs may connect"),
            ("allow_users", gate.AllowUsers.Any(static u => u is "nobody" or "65534"), "`nobody` is also what the kernel says where it has no name for a user"),
            ("listen", IsOffLoopback(gate.Listen), "realm `local` is for gates on loopback, 127.0.0.1 or [::1]: nothing is known of programs of other hosts"),
            ("proxy_protocol_from", !gate.ProxyProtocolFrom.IsEmpty, "behind a proxy every connection is the proxy's; realm `local` cannot tell whose it is"),
            ("cors", gate.Cors is not null, "pages have no business at a gate of realm `local`: whoever's browser runs there would lend them its user"),
        ];
        return rules.Where(static rule => rule.IsWrong).Select(static rule => (rule.Key, rule.Why));
    }

    private static bool IsOffLoopback(string listen) =>
        ListenAddress.TryParse(listen, out IPEndPoint? endpoint, out _) && !IPAddress.IsLoopback(endpoint.Address);
}
