using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Doctor.Facts;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Hardening;

/// <summary>The user whom a guarded service runs as.</summary>
/// <param name="User">Number of the user.</param>
/// <param name="Group">Number of its first group.</param>
/// <param name="Name">Its name, or null where this host has none for it.</param>
/// <param name="Why">How that is known, as the end of a sentence: "its process runs as it".</param>
public sealed record ServiceAccount(uint User, uint Group, string? Name, string Why)
{
    /// <summary>Its name or number.</summary>
    public string Shown => Name ?? $"{User}";

    /// <summary>Numbers of all its groups.</summary>
    public ImmutableArray<uint> Groups { get; init; } = [];

    /// <summary>Owner of its main configuration file before it was looked at.</summary>
    private uint Former { get; init; }

    /// <summary>
    /// Who it is: whom the administrator names, else whom the process runs as, else whom the unit names, else whose the file is.
    /// </summary>
    /// <param name="host">Where.</param>
    /// <param name="named">A name or number, or null.</param>
    /// <param name="found">The installation; its process, where it has one, is of a user whose the file may be.</param>
    /// <param name="unit">The unit that starts it, or null.</param>
    /// <param name="file">Its main configuration file.</param>
    /// <exception cref="ProblemException">GH8163.</exception>
    internal static ServiceAccount Find(IHost host, string? named, Installation found, ServiceUnit? unit, FileFact file)
    {
        var users = UserTable.Of(host);
        if (named is not null)
        {
            return (Of(users, named, "it was named") ?? Unnamed(users, named, file)) is { } wanted
                ? wanted with { Former = file.Status.Owner }
                : throw HardenProblems.Account.Exception($"there is no user `{Printable(named)}` on this host", "--user NAME or --user NUMBER");
        }

        ServiceAccount account = found.Process is { Root: "" } process ? Of(users, process.User, file, "its process runs as it")
            : unit?.User is { } user && Of(users, user, "its unit says so") is { } said ? said
            : Of(users, file.Status.Owner, file, "the file is its own");
        if (file.Status.Owner != 0 && file.Status.Owner != account.User)
        {
            throw HardenProblems.Account.Exception(
                $"`{file.Path}` belongs to {host.UserName(file.Status.Owner) ?? $"user {file.Status.Owner}"} and is run by {account.Shown} ({account.Why})", "--user NAME says whose it shall be");
        }

        return account.User != 0 || found.Process is not null || unit is not null || found.Strangers is not [var stranger, ..]
            ? account
            : throw HardenProblems.Account.Exception(
                $"{stranger.Place} says that it uses `{file.Path}`; nothing shows that the file is meant for its user, {host.UserName(stranger.User) ?? $"{stranger.User}"}",
                "--user NAME, if it is; else --user root");
    }

    /// <summary>
    /// The rights that a file with secrets gets: the service reads it, through the group where the administrator keeps it as root's own;
    /// nobody else does. What is narrower already stays.
    /// </summary>
    public FileRights RightsOf(FileFact? existing)
    {
        if (existing is null)
        {
            return new FileRights(0x180, User, Group); // 0600
        }

        (uint owner, uint group, int mode) = (existing.Status.Owner, existing.Status.Group, existing.Status.Mode);
        return owner == User ? new FileRights((mode & 0x80) | 0x100, owner, group) // 0600 or 0400
            : owner == 0 && Groups.Contains(group) ? new FileRights((mode & 0x80) | 0x120, owner, group) // 0640 or 0440
            : new FileRights((mode & 0x80) | 0x100, User, Group);
    }

    /// <summary>
    /// Whether a file may be written for it. Beside its main file everything is the administrator's doing. Elsewhere the path may be the
    /// service's own word, and leads to what is its own already, or nowhere.
    /// </summary>
    internal bool Owns(IHost host, string path, string mainFolder)
    {
        FileFact? there = host.Look(path);
        bool isBeside = path.StartsWith(mainFolder.TrimEnd('/') + "/", StringComparison.Ordinal) && !path.Contains("/../", StringComparison.Ordinal);
        return isBeside
            ? there is null || there.Status.Owner == 0 || there.Status.Owner == User || there.Status.Owner == Former
            : host.Look(Path.GetDirectoryName(path) ?? "/") is { } folder && folder.Status.Owner == User && (there is null || there.Status.Owner == User);
    }

    private static ServiceAccount? Of(UserTable users, string named, string why) =>
        users.Find(named) is { } entry ? new ServiceAccount(entry.Id, entry.Group, entry.Name, why) { Groups = entry.Groups } : null;

    // In a container users are numbers that this host has no names for. The last number stands for "leave it" in chown.
    private static ServiceAccount? Unnamed(UserTable users, string named, FileFact file) =>
        !uint.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) || id == uint.MaxValue ? null
        : id == file.Status.Owner ? Of(users, id, file, "it was named; this host has no user of that number")
        : new ServiceAccount(id, id, null, "it was named; this host has no user of that number") { Groups = [id] };

    private static ServiceAccount Of(UserTable users, uint id, FileFact file, string why) =>
        users.Find(id) is { } entry
            ? new ServiceAccount(entry.Id, entry.Group, entry.Name, why) { Groups = entry.Groups }
            : new ServiceAccount(id, file.Status.Group, null, why) { Groups = [file.Status.Group] };

    private static string Printable(string text) => string.Concat(text.Take(64).Select(static c => char.IsControl(c) ? '?' : c));
}
