using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>
/// mosquitto's <c>acl_file</c>. Lines before the first <c>user</c> are for clients without a name. Of a user's lines the denies are asked
/// first, then what is allowed, then the patterns, which are for all. Access is read (what is delivered, so subscriptions) and write.
/// Source: mosquitto.conf(5), <c>acl_file</c>.
/// </summary>
internal sealed class MosquittoAcl(ImportReport report, string source)
{
    private readonly List<(int Turn, MqttRule Rule)> _rules = [];
    private RuleWho? _who = RuleWho.Anonymous;

    /// <summary>Whether a line is one of such a file.</summary>
    public static bool IsLine(string line) => line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries) is ["topic" or "pattern" or "user", ..];

    /// <summary>Reads the file; the rules come in the order in which they are asked. What mosquitto would not load is a fault.</summary>
    public IEnumerable<MqttRule> Read(string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd();
            if (line.Length > 0 && line[0] != '#')
            {
                Line(line, new ProblemLocation(source, i + 1, 1));
            }
        }

        return _rules.OrderBy(static pair => pair.Turn).Select(static pair => pair.Rule);
    }

    private void Line(string text, ProblemLocation at)
    {
        string[] words = text.TrimStart(' ').Split(' ', 2);
        string rest = words.Length > 1 ? words[1].TrimStart(' ') : "";
        if (words[0] == "user" && rest.Length > 0)
        {
            User(rest, at);
        }
        else if (words[0] is "topic" or "pattern" && rest.Length > 0)
        {
            Topic(words[0] == "pattern", rest, new RuleLine(at, RoleNames.Shown(text)));
        }
        else
        {
            report.Faults.Add(ImportProblems.NotTheirs.Because("a line is `user NAME`, `topic [ACCESS] FILTER` or `pattern [ACCESS] FILTER`", at));
        }
    }

    private void User(string name, ProblemLocation at)
    {
        _who = NamePatterns.CanBeNamed(name) ? new RuleWho(WhoKind.User, name) : null;
        if (_who is null)
        {
            report.LeftOut.Add(ImportProblems.Unsupported.Because($"user `{RoleNames.Shown(name)}`: the name cannot be written in a mapping; its allows are left out", at));
        }
    }

    private void Topic(bool isPattern, string rest, RuleLine line)
    {
        string[] words = rest.Split(' ', 2);
        string access = words.Length > 1 ? words[0] : "readwrite";
        string filter = words.Length > 1 ? words[1].TrimStart(' ') : rest;
        if (access is not ("read" or "write" or "readwrite" or "deny"))
        {
            report.Faults.Add(ImportProblems.NotTheirs.Because("an access is read, write, readwrite or deny", line.At));
            return;
        }

        RuleTopic topic = RuleTopics.Mosquitto(filter, isPattern);
        bool isDeny = access == "deny";
        if (isDeny)
        {
            line.Note("a subscription that reaches it is refused whole; there it is taken and what it must not have is held back");
        }

        _rules.Add(((isPattern ? 2 : 0) + (isDeny ? 0 : 1), new MqttRule
        {
            Line = line,
            IsAllow = !isDeny,
            Who = isPattern ? RuleWho.Everybody : _who ?? RuleWho.Everybody,
            Publishes = access != "read",
            Subscribes = access != "write",
            Topics = [topic],
            Unsaid = isPattern || _who is not null ? null : "a user name that cannot be written in a mapping",
        }));
    }
}
