using Gatehouse.Administration;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>What can be wrong with a policy file by itself: names, texts, entries that say nothing.</summary>
internal static class PolicyForm
{
    private const int MaxDescription = 256;
    private const int MaxTests = 10_000;
    private const int MaxTestLines = 1_000;
    private const int MaxTestLine = 1_024;
    private const int MaxLines = 100_000;

    /// <summary>Adds what is wrong.</summary>
    public static void Check(PolicyView file, List<Problem> problems)
    {
        if (file.Version != PolicyView.KnownVersion)
        {
            problems.Add(PolicyProblems.FileVersion.Because(
                $"version {file.Version} of policy files is not known", At("version"), $"this program knows version {PolicyView.KnownVersion}"));
        }

        if (file.TrustedPeers is { Count: > 0 })
        {
            problems.Add(PolicyProblems.FileVersion.Because("trusted peers are not set by a file", At("trusted_peers"), "leave the key out; gatehouse peers trust SERVICE NODE sets them"));
        }

        foreach ((string name, PolicyUserView? user) in file.Users ?? new Dictionary<string, PolicyUserView?>())
        {
            Add(problems, "users", name, Name(name, "user") ?? (user is null ? Nothing("user", name) : User(name, user)));
        }

        foreach ((string name, RoleView? role) in file.Roles ?? new Dictionary<string, RoleView?>())
        {
            Add(problems, "roles", name, Role(name, role));
        }

        foreach ((string name, RealmView? realm) in file.Realms ?? new Dictionary<string, RealmView?>())
        {
            // Names of realms are looked at where realms are; here only what would be another member's value.
            Add(problems, "realms", name, realm is null || realm.Token?.Require?.Values.Any(static value => value is null) == true
                ? Nothing("realm", name)
                : Named(realm.Name, name));
        }

        foreach ((string name, MappingView? mapping) in file.Mappings ?? new Dictionary<string, MappingView?>())
        {
            Add(problems, "mappings", name, Name(name, "mapping") ?? (mapping is null ? Nothing("mapping", name) : Named(mapping.Name, name) ?? MappingEndpoints.Check(mapping)));
        }

        Networks(file, problems);
        Tests(file, problems);
    }

    /// <summary>A place in the file.</summary>
    public static ProblemLocation At(string section, string? name = null) => new(name is null ? section : $"{section}/{name}");

    private static void Add(List<Problem> problems, string section, string name, Problem? problem)
    {
        if (problem is not null)
        {
            problems.Add(problem with { Location = At(section, name) });
        }
    }

    private static Problem? Name(string name, string what) => UserName.IsValid(name, out string? why)
        ? null
        : AdministrationProblems.InvalidName.Because($"`{AdminRequestReader.Shown(name)}` is no name of a {what}: {why}");

    private static Problem? Named(string? inside, string name) =>
        inside is null || inside == name ? null : PolicyProblems.FileValue.Because($"`{AdminRequestReader.Shown(name)}` names itself otherwise within");

    private static Problem Nothing(string what, string name) => PolicyProblems.FileValue.Because($"{what} `{AdminRequestReader.Shown(name)}` holds a `null`");

    private static Problem? User(string name, PolicyUserView user) =>
        user is { Service: true, BreakGlass: true }
            ? IdentityProblems.BreakGlassKeys.Because("a break-glass account logs in with its password; a service account has none")
        : user is { Service: true, PasswordHash: not null } ? UserChanges.ServicePassword(name)
        : user.PasswordHash is { } hash && !PasswordHash.IsWellFormed(hash)
            ? PolicyProblems.FileValue.Because($"`password_hash` of user `{name}` is no hash of ours", hint: "gatehouse policy export --with-hashes writes them")
        : UserChanges.CheckFullName(user.FullName);

    private static Problem? Role(string name, RoleView? role) =>
        BuiltInRoles.IsFixed(name) ? AdministrationProblems.BuiltInRole.Because($"role `{name}` comes with Gatehouse")
        : Name(name, "role")
            ?? (role is null || role.Grants.Any(static grant => grant is null) ? Nothing("role", name)
            : role.Description is { Length: > MaxDescription } || role.Description?.Any(char.IsControl) == true
                ? AdministrationProblems.InvalidValue.Because($"a description has at most {MaxDescription} characters and no control characters")
            : Named(role.Name, name));

    private static void Networks(PolicyView file, List<Problem> problems)
    {
        HashSet<(object, string, string?)> seen = [];
        int i = 0;
        foreach (NetworkRuleView? rule in file.Networks ?? [])
        {
            string at = (i++).ToString(System.Globalization.CultureInfo.InvariantCulture);
            Add(problems, "networks", at, rule is null
                ? Nothing("rule", at)
                : seen.Add((rule.Effect, rule.Address, rule.Gate)) ? null : PolicyProblems.FileValue.Because($"the rule for `{AdminRequestReader.Shown(rule.Address)}` is there twice"));
        }
    }

    private static void Tests(PolicyView file, List<Problem> problems)
    {
        if (file.Tests is { Count: > MaxTests } || file.Tests?.Sum(static test => (long)(test?.May.Count ?? 0) + (test?.MayNot.Count ?? 0)) > MaxLines)
        {
            problems.Add(PolicyProblems.FileValue.Because($"a file has at most {MaxTests} tests with {MaxLines} lines", At("tests")));
            return;
        }

        int i = 0;
        foreach (PolicyTestView? test in file.Tests ?? [])
        {
            string at = (i++).ToString(System.Globalization.CultureInfo.InvariantCulture);
            string? wrong = test is null ? "it is `null`"
                : (test.User is null) == (test.Roles is null) ? "it is about a `user`, or somebody with `roles`: one of the two"
                : test.Realm is not null && test.User is null ? "a `realm` needs a `user`"
                : (test.Groups.Count > 0 || test.Attributes is not null) && test.Realm is null or RealmNames.Native ? "`groups` and `attributes` are for people of a `realm`"
                : test.May.Count == 0 && test.MayNot.Count == 0 ? "it says neither what they `may` nor what they `may_not`"
                : test.May.Count + test.MayNot.Count > MaxTestLines ? $"it has more than {MaxTestLines} lines"
                : test.May.Concat(test.MayNot).Any(static line => line.Length > MaxTestLine) ? $"a line is longer than {MaxTestLine} characters"
                : test.Source is { } source && !System.Net.IPAddress.TryParse(source, out _) ? $"`{AdminRequestReader.Shown(source)}` is no address"
                : null;
            Add(problems, "tests", at, wrong is null ? null : PolicyProblems.FileValue.Because($"test {i}: {wrong}"));
        }
    }
}
