using System.Collections.Frozen;
using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>The users that the cluster's configuration makes, and their passwords. No text here holds one.</summary>
internal static class UserChecks
{
    private const int Shortest = 12;

    private static readonly string[] Repositories = [".git", ".hg", ".svn"];

    private static readonly FrozenSet<string> Published = FrozenSet.ToFrozenSet(
        [
            "admin", "admin123", "administrator", "password", "password1", "password123", "password1234", "passw0rd", "changeit", "changeme",
            "secure_password", "securepassword", "mypass", "mypassword", "ignite", "ignite3", "ignite123", "secret", "123456", "12345678", "123456789012",
            "qwerty", "qwertyuiop12", "letmein", "welcome", "default", "test", "your_password", "yourpassword", "correcthorsebatterystaple",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Users("IGN-SEC-003", HasTheDefaultUser),
        Users("IGN-SEC-004", HasWeakPasswords),
        Scope.Cluster("IGN-SEC-005", ShowsPasswords),
        Users("IGN-SEC-006", HasNamesTwice),
        Users("IGN-SEC-007", HasRightsWithoutEffect),
        Users("IGN-SEC-009", SharesPasswords),
        Users("IGN-SEC-010", HasOneUser),
    ];

    private static Rule<IgniteSubject> Users(string id, Func<IgniteFile, ImmutableArray<IgniteUser>, IEnumerable<Observation>> look) =>
        Scope.Cluster(id, (_, file) => IgniteUser.Of(file) is { } users ? look(file, users) : [file.Unsure(IgniteUser.Providers)]);

    private static IEnumerable<Observation> HasTheDefaultUser(IgniteFile file, ImmutableArray<IgniteUser> users)
    {
        foreach (IgniteUser user in users.Where(static user => IsCalled(user, "ignite")))
        {
            if (user.IsMasked)
            {
                yield return Masked(file, user);
            }
            else if (IsDefault(user))
            {
                yield return Observation.Of($"user `{user.Name}` has the password that every installation begins with", file.Show(user.Password));
            }
        }
    }

    private static IEnumerable<Observation> HasWeakPasswords(IgniteFile file, ImmutableArray<IgniteUser> users)
    {
        foreach (IgniteUser user in users.Where(static user => !IsDefault(user)))
        {
            string? password = user.Password.Text;
            string? fault = string.IsNullOrWhiteSpace(password) ? "has no password"
                : string.Equals(password, user.Name, StringComparison.OrdinalIgnoreCase) ? "has its own name as password"
                : Published.Contains(password) ? "has a password that stands in documentation and in every list of attackers"
                : password.Length < Shortest ? $"has a password of less than {Shortest} characters, and Ignite never locks a user"
                : null;
            if (user.IsMasked)
            {
                yield return Masked(file, user);
            }
            else if (fault is not null)
            {
                yield return Observation.Of($"user `{user.Name}` {fault}", file.Show(user.Password));
            }
        }
    }

    private static IEnumerable<Observation> ShowsPasswords(IgniteSubject subject, IgniteFile file)
    {
        if (IgniteUser.Of(file) is not { } users)
        {
            yield return file.Unsure(IgniteUser.Providers);
            yield break;
        }

        if (!users.Any(static user => user.HasPassword))
        {
            yield break;
        }

        if (file.Fact is not { } fact)
        {
            yield return new Observation($"who may read the passwords in `{file.Path}` cannot be seen", [file.ShowFile(subject.Host)]) { IsUnknown = true };
        }
        else if (fact.Status.OthersRead)
        {
            yield return Observation.Of($"passwords of users stand in a file that everybody on this host may read (mode {fact.Status.Octal})", file.ShowFile(subject.Host));
        }

        if (RepositoryAbove(subject.Host, file.Path) is { } folder)
        {
            yield return Observation.Of($"passwords of users stand in a file below `{folder}`, which is a repository of sources", file.ShowFile(subject.Host));
        }
    }

    private static IEnumerable<Observation> HasNamesTwice(IgniteFile file, ImmutableArray<IgniteUser> users) =>
        users.Where(static user => user.Name.Length > 0)
            .GroupBy(static user => (user.Provider, user.Name.ToUpperInvariant()))
            .Where(static same => same.Count() > 1)
            .Select(same => Observation.Of(
                $"users {string.Join(" and ", same.Select(static user => $"`{user.Name}`"))} are one to Ignite, which does not tell small letters from capitals",
                [.. same.Select(user => file.Show(user.Entry.Setting))]));

    private static IEnumerable<Observation> HasRightsWithoutEffect(IgniteFile file, ImmutableArray<IgniteUser> users)
    {
        foreach (IgniteUser user in users)
        {
            Setting[] extra = [.. new[] { user.Entry.At("roles"), user.Entry.At("displayName") }.Where(static setting => setting.IsSet)];
            if (extra.Length > 0)
            {
                string words = string.Join(" and ", extra.Select(static setting => $"`{setting.Name}`"));
                yield return Observation.Of($"user `{user.Name}` has {words}, which Apache Ignite does not know: it gives no rights, and the configuration is refused", [.. extra.Select(file.Show)]);
            }
        }
    }

    private static IEnumerable<Observation> SharesPasswords(IgniteFile file, ImmutableArray<IgniteUser> users)
    {
        if (users.Length > 1 && users.FirstOrDefault(static user => user.IsMasked) is { } masked)
        {
            yield return Masked(file, masked);
        }

        foreach (IGrouping<string?, IgniteUser> same in users.Where(static user => user.HasPassword).GroupBy(static user => user.Password.Text, StringComparer.Ordinal))
        {
            if (same.Count() > 1)
            {
                yield return Observation.Of(
                    $"users {string.Join(", ", same.Select(static user => $"`{user.Name}`"))} have one password", [.. same.Select(user => file.Show(user.Password))]);
            }
        }
    }

    private static IEnumerable<Observation> HasOneUser(IgniteFile file, ImmutableArray<IgniteUser> users)
    {
        if (users.Length == 1)
        {
            yield return Observation.Of($"user `{users[0].Name}` is the only one: people, programs and the gate would share it", file.Show(users[0].Entry.Setting));
        }
    }

    private static bool IsCalled(IgniteUser user, string name) => string.Equals(user.Name, name, StringComparison.OrdinalIgnoreCase);

    private static bool IsDefault(IgniteUser user) => IsCalled(user, "ignite") && user.Password.Text == "ignite";

    private static Observation Masked(IgniteFile file, IgniteUser user) =>
        new($"the password of user `{user.Name}` does not stand in this file, so nothing can be said of it", [file.Show(user.Password)]) { IsUnknown = true };

    private static string? RepositoryAbove(IHost host, string path)
    {
        for (int slash = path.LastIndexOf('/'); slash >= 0; slash = slash == 0 ? -1 : path.LastIndexOf('/', slash - 1))
        {
            string folder = path[..slash];
            if (Repositories.Any(name => host.Look($"{folder}/{name}") is not null))
            {
                return folder.Length == 0 ? "/" : folder;
            }
        }

        return null;
    }
}
