using System.Collections.Immutable;
using Gatehouse.Engine.Administration.Imports;
using Gatehouse.Policy;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration.Imports.Mqtt;

/// <summary>Random lists of rules: whoever may something by the imported policy may it by the list, however the roles come to him.</summary>
public sealed class EmqxPropertyTests
{
    private static readonly string[] Users = ["ann", "ant", "bob"];
    private static readonly string?[] Circles = [null, null, null, "ann", "bob", "^an", "^b"];
    private static readonly string[] Words = ["a", "b", "ann", "c1", "$SYS"];
    private static readonly string[] Levels = ["a", "b", "+", "#", "${username}", "${clientid}", "$SYS"];

    [Fact]
    public void Nothing_is_allowed_that_the_list_denies()
    {
        int allowed = 0;
        int allowedThere = 0;
        for (int seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            ReferenceRule[] rules = [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => Rule(random))];
            string text = string.Concat(rules.Select(static rule => rule.Write()));
            ImportReport report = MqttImports.Read("emqx-acl", ("acl.conf", text), ("users.csv", "user_id,password_hash\nann,x\nant,x\nbob,x\n"));
            CompiledPolicy policy = report.Compile();
            for (int i = 0; i < 60; i++)
            {
                string user = Users[random.Next(Users.Length)];
                bool isNative = random.Next(2) == 0;
                ImmutableArray<string> roles = isNative ? [.. report.Users[user]!.Roles] : report.MappedRoles(user);
                string action = random.Next(2) == 0 ? "publish" : "subscribe";
                string topic = Topic(random, action == "subscribe" ? [.. Words, "+", "+"] : Words, canEnd: action == "subscribe");
                byte qos = (byte)random.Next(3);
                bool retain = random.Next(2) == 0;
                string source = random.Next(2) == 0 ? "10.0.0.1" : "192.0.2.1";
                bool isAllowed = policy.Allows(user, roles, action, topic, qos, action == "publish" ? retain : null, source);
                bool isAllowedThere = EmqxReference.Allows(rules, user, source, action, topic, qos, retain);
                allowed += isAllowed ? 1 : 0;
                allowedThere += isAllowedThere ? 1 : 0;
                (isAllowed && !isAllowedThere).ShouldBeFalse($"seed {seed}: {user} ({(isNative ? "native" : "mapped")}) {action} {topic} qos {qos} retain {retain} from {source}\n{text}\n{string.Join('\n', report.Lines())}");
            }
        }

        allowed.ShouldBeGreaterThan(allowedThere / 3, $"most of it is kept: {allowed} of {allowedThere}");
    }

    private static ReferenceRule Rule(Random random) => new(
        random.Next(5) < 3,
        Circles[random.Next(Circles.Length)],
        random.Next(6) == 0 ? "10.0.0.0/8" : null,
        random.Next(3) switch { 0 => "publish", 1 => "subscribe", _ => "all" },
        random.Next(5) == 0 ? [random.Next(3)] : [],
        random.Next(6) == 0 ? random.Next(2) == 0 : null,
        random.Next(6) == 0,
        Topic(random, Levels, canEnd: true));

    // `#` stands last only; what is no filter EMQX and the gate refuse before any rule.
    private static string Topic(Random random, string[] levels, bool canEnd)
    {
        int count = random.Next(1, 4);
        string[] picked = [.. Enumerable.Range(0, count).Select(_ => levels[random.Next(levels.Length)]).Select(static level => level == "#" ? "+" : level)];
        return canEnd && random.Next(3) == 0
            ? string.Join('/', random.Next(2) == 0 ? [.. picked[..^1], "#"] : [.. picked, "#"])
            : string.Join('/', picked);
    }
}
