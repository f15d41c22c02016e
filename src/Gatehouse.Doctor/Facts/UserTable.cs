using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Doctor.Facts;

/// <summary>A user of a host.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its number.</param>
/// <param name="Group">Number of its first group.</param>
/// <param name="Groups">Numbers of all its groups.</param>
internal sealed record UserEntry(string Name, uint Id, uint Group, ImmutableArray<uint> Groups);

/// <summary>Users from a host's own files (passwd(5), group(5)): asking the directory behind them could wait for a server.</summary>
internal sealed class UserTable
{
    private readonly ImmutableArray<UserEntry> _users;

    private UserTable(ImmutableArray<UserEntry> users) => _users = users;

    /// <summary>Reads them.</summary>
    public static UserTable Of(IHost host)
    {
        (uint Id, string[] Members)[] groups =
        [
            .. Lines(host, "/etc/group").Where(static p => p.Length > 3 && uint.TryParse(p[2], out _)).Select(static p => (uint.Parse(p[2]), p[3].Split(','))),
        ];
        return new UserTable(
        [
            .. Lines(host, "/etc/passwd").Where(static p => p.Length > 3 && p[0].Length > 0 && uint.TryParse(p[2], out _) && uint.TryParse(p[3], out _))
                .Select(p => new UserEntry(p[0], uint.Parse(p[2]), uint.Parse(p[3]), [uint.Parse(p[3]), .. groups.Where(g => g.Members.Contains(p[0], StringComparer.Ordinal)).Select(static g => g.Id)])),
        ]);
    }

    /// <summary>By name, or by number.</summary>
    public UserEntry? Find(string named) => _users.FirstOrDefault(user => user.Name == named) ?? _users.FirstOrDefault(user => $"{user.Id}" == named);

    /// <summary>By number.</summary>
    public UserEntry? Find(uint id) => _users.FirstOrDefault(user => user.Id == id);

    private static IEnumerable<string[]> Lines(IHost host, string path) => Encoding.UTF8.GetString(host.Read(path).Bytes ?? []).Split('\n').Select(static line => line.Split(':'));
}
