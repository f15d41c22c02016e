using Gatehouse.Administration;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>
/// Users of brokers. Their password hashes are of other kinds (EMQX: one round of SHA-256, mosquitto: 101 of PBKDF2 or one of SHA-512)
/// and stay behind: users are made without a password and disabled.
/// </summary>
internal sealed class BrokerUsers(ImportReport report, IReadOnlySet<string> presentUsers)
{
    private const string Superuser = "emqx-superuser";

    private readonly List<(string Name, bool IsSuperuser, ProblemLocation At)> _users = [];

    /// <summary>EMQX's CSV with a header: <c>user_id,password_hash,salt,is_superuser</c>.</summary>
    public void ReadCsv(string text, string source)
    {
        string[] lines = text.Split('\n');
        string[] header = [.. lines[0].TrimEnd('\r').Split(',').Select(static name => name.Trim())];
        int id = Array.IndexOf(header, "user_id");
        int superuser = Array.IndexOf(header, "is_superuser");
        for (int i = 1; i < lines.Length; i++)
        {
            string[] cells = lines[i].TrimEnd('\r').Split(',');
            if (cells is [""])
            {
                continue;
            }

            var at = new ProblemLocation(source, i + 1, 1);
            if (cells.Length != header.Length || lines[i].Contains('"', StringComparison.Ordinal))
            {
                report.Faults.Add(ImportProblems.NotTheirs.Because("a line has not as many fields as the header, or quotes", at));
                return;
            }

            _users.Add((cells[id], superuser >= 0 && cells[superuser].Trim() is not ("false" or "" or "0"), at));
        }
    }

    /// <summary>EMQX's JSON: a list of <c>{"user_id": ...}</c>, or <c>{"data": [...]}</c>.</summary>
    public void ReadJson(ForeignFile file)
    {
        foreach (YamlNode item in file.Root.Find("data") is YamlSequence list ? list.Items : [])
        {
            if (item is YamlMapping user && user.Find("user_id") is YamlScalar { IsEmpty: false } name)
            {
                _users.Add((name.Text, user.Find("is_superuser") is { } flag && flag is not YamlScalar { Text: "false" }, file.At(item)));
            }
            else
            {
                report.Faults.Add(ImportProblems.NotTheirs.Because("an entry has no `user_id`", file.At(item)));
            }
        }
    }

    /// <summary>mosquitto's password file: <c>NAME:HASH</c>, lines with <c>#</c> are comments. Source: mosquitto_passwd(1).</summary>
    public void ReadPasswords(string text, string source)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            int colon = lines[i].IndexOf(':', StringComparison.Ordinal);
            if (colon >= 0 && !lines[i].StartsWith('#'))
            {
                _users.Add((lines[i][..colon], false, new ProblemLocation(source, i + 1, 1)));
            }
        }
    }

    /// <summary>Makes the users with the roles that they have.</summary>
    public void Make(Func<string, IReadOnlyList<string>> rolesOf)
    {
        foreach ((string name, bool isSuperuser, ProblemLocation at) in _users)
        {
            ImportRow row = report.Row("user", name);
            string? fault = !UserName.IsValid(name, out string? why) ? $"cannot be a name here: {why}"
                : presentUsers.Contains(name) ? "is a user here already and stays as it is"
                : report.Users.ContainsKey(name) ? "stands twice"
                : null;
            if (fault is not null)
            {
                row.LeftOut = 1;
                row.Say(fault);
                report.LeftOut.Add(ImportProblems.Unsupported.Because($"user `{RoleNames.Shown(name)}`: {fault}", at));
                continue;
            }

            // Whoever is one there is asked for no rule at all.
            string[] roles = isSuperuser ? [Superuser] : [.. rolesOf(name)];
            row.Taken = roles.Length;
            row.Say(isSuperuser ? $"a superuser there, to whom no rule applies: role {Superuser}" : $"roles: {string.Join(", ", roles)}");
            row.Say($"disabled and without a password: gatehouse user passwd {name}, gatehouse user set {name} --enable");
            report.Users[name] = new PolicyUserView { Roles = roles, Enabled = false };
        }

        if (_users.Exists(user => user.IsSuperuser && report.Users.ContainsKey(user.Name)))
        {
            MakeSuperuser();
        }
    }

    private void MakeSuperuser()
    {
        report.Row("role", Superuser).Taken = 2;
        report.Roles[Superuser] = new RoleView
        {
            Description = "imported: what a superuser of EMQX may",
            Grants =
            [
                new GrantView { System = "mqtt", Actions = ["publish", "subscribe"], Resources = ["#"] },
                new GrantView { System = "mqtt", Actions = ["subscribe"], Resources = ["$SYS/#"] },
            ],
        };
    }
}
