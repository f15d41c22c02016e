using System.Text;
using Gatehouse.Doctor.Texts;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Texts;

/// <summary>Every fixture is read without losing a byte, its values lie where they are said to, and any of them can be changed and changed back.</summary>
public class Fixtures_stay_what_they_are
{
    public static TheoryData<string> Readable => Fixture.Readable;

    public static TheoryData<string> Broken => Fixture.Broken;

    /// <summary>A fixture that is taken away, or whose name no longer says what it is, is missed.</summary>
    [Theory]
    [InlineData("args", 2)]
    [InlineData("compose", 5)]
    [InlineData("cookie", 3)]
    [InlineData("dotted", 22)]
    [InlineData("emqx", 18)]
    [InlineData("env", 11)]
    [InlineData("erlang", 10)]
    [InlineData("ignite", 15)]
    [InlineData("json", 50)]
    [InlineData("plain", 4)]
    [InlineData("service", 6)]
    public void There_are_enough_of_every_format(string format, int least) =>
        Fixture.Names.Count(name => Fixture.Format(name) == format).ShouldBeGreaterThanOrEqualTo(least);

    [Fact]
    public void There_are_some_of_every_system_and_of_no_other_format()
    {
        Fixture.Names.Select(static n => n.Split('/')[0]).Distinct()
            .ShouldBe(["beats", "elasticsearch", "emqx", "ignite", "ipfs-cluster", "kibana", "kubo", "logstash", "opensearch"], ignoreOrder: true);
        Fixture.Names.Select(Fixture.Format).Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(["args", "compose", "cookie", "dotted", "emqx", "env", "erlang", "ignite", "json", "plain", "service"]);
    }

    /// <summary>Nothing is left out by chance: what no reader reads is named here.</summary>
    [Fact]
    public void What_is_no_configuration_file_is_known_by_its_name() => Fixture.Others.ShouldBe(
        ["cert.pem", "dashboard", "expected.txt", "host.txt", "jvm.options", "license", "logs.conf", "main.conf", "mounts", "node1.crt", "node1.key", "passwd", "pipelines.yml", "swarm.key", "version"]);

    [Theory]
    [MemberData(nameof(Readable))]
    public void Unedited_it_is_the_same_to_the_byte(string name)
    {
        ConfigDocument document = Fixture.Read(name);

        document.ToBytes().ShouldBe(Fixture.Bytes(name));
        document.Settings.Leaves().ShouldNotBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Broken_it_is_refused_with_a_place(string name)
    {
        Problem problem = Reading.Refused(() => Fixture.Read(name));

        problem.Id.ShouldBe("GH8102");
        problem.Location!.Source.ShouldBe(name);
        problem.Location.Line.ShouldBeGreaterThan(0);
        problem.Location.Column.ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void Values_lie_where_they_are_said_to(string name)
    {
        ConfigDocument document = Fixture.Read(name);
        string[] lines = document.Text.Split('\n');
        foreach (Setting setting in document.Settings.Leaves().Where(s => s.Origin?.Source == name && s.Raw.Length > 0 && !s.Raw.Contains('\n', StringComparison.Ordinal)))
        {
            Origin origin = setting.Origin!; // it has a source: see above
            if (Fixture.Format(name) is "service" && lines[origin.Line - 1].TrimEnd().EndsWith('\\'))
            {
                continue; // its lines are joined
            }

            string written = lines[origin.Line - 1].Substring(origin.Column - 1, origin.Length);
            if (IsShared(lines, origin))
            {
                continue; // it is written elsewhere
            }

            (Fixture.Format(name) is "args" ? written.Trim('"') : written).ShouldBe(setting.Raw, setting.Path.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void Every_value_can_be_changed_and_changed_back(string name)
    {
        ConfigDocument document = Fixture.Read(name);
        string[] lines = document.Text.Split('\n');
        foreach (Setting setting in document.Settings.Leaves().Where(s => IsOwn(document, s)))
        {
            if (IsShared(lines, setting.Origin!) || IsAnchored(document.Source, setting.Path.ToString()))
            {
                Reading.Refused(() => document.Set(setting.Path, Literal.Text("changed"))).Id.ShouldBe("GH8105", setting.Path.ToString());
                continue;
            }

            ConfigDocument edited = document.Set(setting.Path, Literal.Text("changed"));
            edited.Settings.Find(setting.Path).Text.ShouldBe("changed", setting.Path.ToString());
            Outside(document.Text, edited.Text).ShouldBeGreaterThanOrEqualTo(document.Text.Length - setting.Origin!.Length - 8, setting.Path.ToString());
            bool isInPlace = !edited.Text.StartsWith(document.Text, StringComparison.Ordinal);
            if (Fixture.Format(name) is not ("args" or "service") && isInPlace)
            {
                edited.Set(setting.Path, Literal.Raw(setting.Raw)).Text.ShouldBe(document.Text, setting.Path.ToString());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void Every_value_can_be_taken_out_or_the_edit_is_refused(string name)
    {
        ConfigDocument document = Fixture.Read(name);
        int done = 0;
        Setting[] leaves = [.. document.Settings.Leaves()];
        foreach (Setting setting in leaves)
        {
            try
            {
                ConfigDocument edited = document.Remove(setting.Path);
                bool isItem = document.Settings.Find(setting.Path.Parent).Kind == SettingKind.List;
                (isItem ? edited.Settings.Find(setting.Path.Parent).Children.Length : edited.Settings.Find(setting.Path) is { IsSet: true, Kind: not SettingKind.Unknown } ? 1 : 0) // another file may have it
                    .ShouldBe(isItem ? document.Settings.Find(setting.Path.Parent).Children.Length - 1 : 0, setting.Path.ToString());
                edited.Text.Length.ShouldBeLessThan(document.Text.Length);
                done++;
            }
            catch (ProblemException refused)
            {
                refused.Problem.Id.ShouldBe("GH8105");
            }
        }

        if (Fixture.Format(name) is not ("cookie" or "erlang" or "args" or "service"))
        {
            done.ShouldBeGreaterThan(leaves.Length / 2);
        }
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void A_new_value_is_in_force_and_leaves_the_rest(string name)
    {
        string path = Fixture.Format(name) switch { "args" => "-gatehouse", "cookie" => "cookie", "service" => "Service.Gatehouse", "env" => "GATEHOUSE", "erlang" => "gatehouse.x", _ => "gatehouse.made.this" };
        ConfigDocument document = Fixture.Read(name);
        if (document.Settings.Root.Kind == SettingKind.List)
        {
            path = SettingPath.Root.Add(document.Settings.Root.Children.Length).ToString();
        }

        ConfigDocument edited = document.Set(path, Literal.Text("made"));

        edited.Settings[path].Text.ShouldBe("made");
        Encoding.UTF8.GetByteCount(edited.Text).ShouldBeLessThan(Encoding.UTF8.GetByteCount(document.Text) + 80);
        if (Fixture.Format(name) is not ("cookie" or "erlang"))
        {
            Setting gone = edited.Remove(path).Settings[path];
            (gone.IsUnknown || !gone.IsSet).ShouldBeTrue();
        }
    }

    // Written in this file, by one place, and what is found under its name.
    private static bool IsOwn(ConfigDocument document, Setting setting) =>
        setting.Text is not null && setting.Origins.Length == 1 && setting.Origin!.Source == document.Source && ReferenceEquals(document.Settings.Find(setting.Path), setting)
        && (Fixture.Format(document.Source) is not "service" || setting.Path.Depth == 2);

    // By an alias, or by a name of itself: an edit here would change something else as well.
    private static bool IsShared(string[] lines, Origin origin) =>
        lines[origin.Line - 1][(origin.Column - 1)..].StartsWith('*') || lines[origin.Line - 1].Contains("= ${listeners", StringComparison.Ordinal);

    // What has an anchor stands for itself and for each alias.
    private static bool IsAnchored(string name, string path) =>
        name == "elasticsearch/opensearch-security-config.yml" && path.Contains("ldap.authentication_backend.", StringComparison.Ordinal);

    // How many signs at the beginning and the end are the same.
    private static int Outside(string before, string after)
    {
        int start = 0;
        while (start < before.Length && start < after.Length && before[start] == after[start])
        {
            start++;
        }

        int end = 0;
        while (end < before.Length - start && end < after.Length - start && before[^(end + 1)] == after[^(end + 1)])
        {
            end++;
        }

        return start + end;
    }
}
