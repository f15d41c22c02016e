using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>Rules and users of EMQX and mosquitto.</summary>
internal static class MqttImport
{
    /// <summary>EMQX's <c>acl.conf</c>, and its users.</summary>
    public const string EmqxAclFile = "emqx-acl";

    /// <summary>Rules of EMQX's built-in database, and its users.</summary>
    public const string EmqxDatabase = "emqx-rules";

    /// <summary>mosquitto's ACL and password files.</summary>
    public const string Mosquitto = "mosquitto";

    /// <summary>Whether it is one of these.</summary>
    public static bool Knows(string system) => system is EmqxAclFile or EmqxDatabase or Mosquitto;

    /// <summary>Reads the files together.</summary>
    public static void Read(
        ImportReport report, string system, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> files, IReadOnlySet<string> presentUsers)
    {
        var users = new BrokerUsers(report, presentUsers);
        var rules = new List<MqttRule>();
        var database = new EmqxRules(report);
        int lists = 0;
        foreach ((string name, ReadOnlyMemory<byte> content) in files)
        {
            if (content.Span.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            {
                report.Faults.Add(ImportProblems.NotTheirs.Because("it is packed: unpack it, and give the files inside", new ProblemLocation(name)));
            }
            else if (YamlText.Decode(content.Span, name, report.Faults) is not { } text)
            {
                continue; // reported
            }
            else if (system == Mosquitto)
            {
                lists += ReadMosquitto(report, text, name, rules, users);
            }
            else if (IsCsv(text))
            {
                users.ReadCsv(text, name);
            }
            else if (IsJson(text))
            {
                ReadJson(report, system, content, name, database, users);
            }
            else if (system == EmqxAclFile)
            {
                rules.AddRange(new EmqxAcl(report, name).Read(text));
                lists++;
            }
            else
            {
                report.Faults.Add(ImportProblems.NotTheirs.Because("it is neither JSON of rules or users nor a CSV of users", new ProblemLocation(name), "an acl.conf needs --format emqx-acl"));
            }
        }

        if (lists > 1)
        {
            report.Faults.Add(ImportProblems.NotTheirs.Because("there are several lists of rules, and which is asked first is not known", hint: "import one"));
        }

        if (report.Faults.Count == 0)
        {
            var translator = new MqttTranslator(report, system == Mosquitto ? "mosquitto" : "emqx", [.. rules, .. database.Rules]);
            translator.Translate();
            users.Make(translator.RolesOf);
        }
    }

    private static bool IsCsv(string text)
    {
        string first = text.Split('\n', 2)[0];
        return first.TrimEnd('\r').Split(',').Any(static cell => cell.Trim() == "user_id");
    }

    // An acl.conf begins with a comment or `{` and an atom.
    private static bool IsJson(string text)
    {
        string start = text.TrimStart();
        return start.StartsWith('[') || (start.StartsWith('{') && start[1..].TrimStart() is ['"' or '}', ..]);
    }

    private static void ReadJson(ImportReport report, string system, ReadOnlyMemory<byte> content, string name, EmqxRules database, BrokerUsers users)
    {
        if (ForeignFile.Read(content.Span, name, report.Faults, listAs: "data") is not { } file)
        {
            return;
        }

        bool isUsers = file.Root.Find("data") is YamlSequence { Items: [YamlMapping first, ..] } && first.Find("user_id") is not null;
        if (isUsers)
        {
            users.ReadJson(file);
        }
        else if (system == EmqxDatabase)
        {
            database.Read(file);
        }
        else
        {
            report.Faults.Add(ImportProblems.NotTheirs.Because("it is no list of users", new ProblemLocation(name), "rules of the built-in database need --format emqx-rules"));
        }
    }

    private static int ReadMosquitto(ImportReport report, string text, string name, List<MqttRule> rules, BrokerUsers users)
    {
        string? first = text.Split('\n').Select(static line => line.TrimEnd()).FirstOrDefault(static line => line.Length > 0 && line[0] != '#');
        if (first is null || MosquittoAcl.IsLine(first))
        {
            rules.AddRange(new MosquittoAcl(report, name).Read(text));
            return first is null ? 0 : 1;
        }

        if (first.Contains(':', StringComparison.Ordinal))
        {
            users.ReadPasswords(text, name);
        }
        else
        {
            report.Faults.Add(ImportProblems.NotTheirs.Because("it is neither an ACL file nor a password file", new ProblemLocation(name)));
        }

        return 0;
    }
}
