using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Terminal;

namespace Gatehouse.App.Commands.Identities;

/// <summary>Settings of a realm, for people; values that are what they are without being written are left out.</summary>
internal static class RealmFacts
{
    public static void Add(Facts facts, RealmView realm)
    {
        if (realm.Directory is { } directory)
        {
            AddDirectory(facts, directory);
        }

        if (realm.Certificate is { } certificate)
        {
            facts.Add("authorities", certificate.Authorities is null ? "the gate's own" : "own")
                .Add("revocation lists", Number(certificate.Crls.Count))
                .Add("name from", certificate.NameFrom)
                .Add("groups from", certificate.GroupsFrom);
        }

        if (realm.Token is { } token)
        {
            facts.Add("issuer", token.Issuer)
                .Add("audiences", string.Join(", ", token.Audiences))
                .Add("algorithms", string.Join(", ", token.Algorithms))
                .Add("keys", token.KeysSet == true ? "configured" : token.KeysUrl ?? "by discovery")
                .Add("name claim", token.NameClaim)
                .Add("groups claim", token.GroupsClaim)
                .Add("required", string.Join(", ", (token.Require ?? new Dictionary<string, string?>()).Select(static pair => $"{pair.Key}={pair.Value}")))
                .Add("clock skew", $"{Number(token.SkewSeconds)} s");
        }

        if (realm.Anonymous is { } anonymous)
        {
            facts.Add("everybody is", anonymous.Name).Add("roles", string.Join(", ", anonymous.Roles));
        }
    }

    private static void AddDirectory(Facts facts, DirectoryView directory) => facts
        .Add("servers", string.Join(", ", directory.Urls))
        .Add("encryption", directory.AllowClearText ? "clear text allowed" : directory.StartTls ? "StartTLS" : "LDAPS", directory.AllowClearText ? Style.Yellow : Style.None)
        .Add("authorities", directory.Authorities is null ? "none" : "own")
        .Add("binds as", directory.BindDn)
        .Add("bind password", directory.BindPasswordSet == true ? "set" : "none")
        .Add("domain", directory.Domain)
        .Add("short domain", directory.NetbiosName)
        .Add("user base", directory.UserBase)
        .Add("user filter", directory.UserFilter)
        .Add("user templates", string.Join(" | ", directory.UserDnTemplates))
        .Add("name attribute", directory.NameAttribute)
        .Add("group base", directory.GroupBase)
        .Add("group filter", directory.GroupFilter)
        .Add("memberOf", directory.MemberOf ? "counts" : "does not count")
        .Add("nested groups", directory.NestedDepth == 0 ? null : $"{Number(directory.NestedDepth)} steps")
        .Add("timeouts", $"{Number(directory.ConnectSeconds)} s to connect, {Number(directory.AnswerSeconds)} s to answer")
        .Add("connections", Number(directory.PoolSize))
        .Add("remembered for", $"{Number(directory.CacheSeconds)} s");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
