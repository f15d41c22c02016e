using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Units;

/// <summary>systemd units with their drop-ins.</summary>
public class Unit_files
{
    private const string Unit = """
        [Unit]
        Description=IPFS Cluster
        After=network.target
        After=time.target

        [Service]
        # who
        User=ipfs
        Environment=CLUSTER_SECRET=abc "A=b c" 'D=100%%'
        Environment=IPFS=%h/x E=1
        EnvironmentFile=-/etc/default/ipfs
        ExecStart=/usr/bin/ipfs-cluster-service daemon \
            # a comment in between
            --upgrade "two words" \x41 %i ${X}
        LimitNOFILE=1
        NoNewPrivileges=yes

        """;

    [Fact]
    public void The_last_assignment_counts_and_lists_add_up()
    {
        SettingTree tree = UnitOf(Unit + "LimitNOFILE=2\nUMask=\n").Settings;

        tree["Service.User"].Text.ShouldBe("ipfs");
        tree["Service.User"].Place().ShouldBe("8:6+4");
        tree["Unit.After"].Shown().ShouldBe("['network.target', 'time.target']");
        tree["Service.LimitNOFILE"].Text.ShouldBe("2");
        tree["Service.LimitNOFILE"].Overridden.Single().Text.ShouldBe("1");
        tree["Service.UMask"].Kind.ShouldBe(SettingKind.Null);
        tree["Service.Group"].IsSet.ShouldBeFalse();
    }

    [Fact]
    public void A_drop_in_lies_over_the_unit_and_takes_back()
    {
        UnitSettings unit = UnitSettings.Of(
            UnitOf(Unit),
            UnitOf("[Service]\nExecStart=\nExecStart=-!/bin/other 'a b'\nUser=root\nUnsetEnvironment=E CLUSTER_SECRET=no\n", "unit.d/10.conf"));

        unit.Commands("ExecStart").Single().Words.ShouldBe(["/bin/other", "a b"]);
        unit.Commands("ExecStart").Single().Prefix.ShouldBe("-!");
        unit.Commands("ExecStart").Single().Origin.ToString().ShouldBe("unit.d/10.conf:3:11");
        unit.Settings["Service.ExecStart"].Children.Length.ShouldBe(1);
        unit.Settings["Service.User"].Text.ShouldBe("root");
        unit.Settings["Service.User"].Origin!.Source.ShouldBe("unit.d/10.conf");
    }

    [Fact]
    public void Commands_are_words_with_specifiers_as_they_are() =>
        UnitSettings.Of(UnitOf(Unit)).Commands("ExecStart").Single().Words
            .ShouldBe(["/usr/bin/ipfs-cluster-service", "daemon", "--upgrade", "two words", "A", "%i", "${X}"]);

    [Fact]
    public void The_environment_is_of_the_unit_and_then_of_its_files()
    {
        EnvironmentVariables environment = UnitSettings.Of(UnitOf(Unit), UnitOf("[Service]\nUnsetEnvironment=E\nPassEnvironment=HOME\nEnvironmentFile=/etc/two\n"))
            .Environment(static path => path == "/etc/default/ipfs" ? Encoding.UTF8.GetBytes("CLUSTER_SECRET=\nF=1\n") : null, out ImmutableArray<Remark> remarks);

        environment.Find("CLUSTER_SECRET")!.Value.ShouldBe("");
        environment.Find("CLUSTER_SECRET")!.Origin.ToString().ShouldBe("environment variable CLUSTER_SECRET (/etc/default/ipfs:1:16)");
        environment.Find("A")!.Value.ShouldBe("b c");
        environment.Find("A")!.Origin.Line.ShouldBe(9);
        environment.Find("D")!.Value.ShouldBe("100%");
        environment.Find("IPFS")!.Value.ShouldBeNull("a specifier is filled in by systemd");
        environment.Find("HOME")!.Value.ShouldBeNull();
        environment.Find("E").ShouldBeNull();
        environment.IsComplete.ShouldBeFalse();
        remarks.Single().Subject.ShouldBe("/etc/two");
    }

    [Fact]
    public void What_systemd_ignores_is_remarked() =>
        UnitOf("User=root\n[Service]\nnonsense\n=x\nA=1\n").Settings.Remarks.Count(static r => r.Kind == RemarkKind.Ignored).ShouldBe(3);

    [Fact]
    public void What_systemd_does_not_load_is_refused_at_its_place()
    {
        Problem problem = Refused(() => UnitOf("[Service]\nUser=x\n  [Broken\nGroup=y\n"));

        problem.Id.ShouldBe("GH8102");
        problem.Location!.Line.ShouldBe(3);
    }

    [Theory]
    [InlineData("Service.User", "x", "User=ipfs", "User=x")]
    [InlineData("Service.Group", "x", "NoNewPrivileges=yes", "NoNewPrivileges=yes\nGroup=x")]
    [InlineData("Unit.Description", "x", "Description=IPFS Cluster", "Description=x")]
    [InlineData("Service.NoNewPrivileges", "no", "NoNewPrivileges=yes", "NoNewPrivileges=no")]
    public void A_set_changes_one_line(string path, string value, string before, string after) =>
        UnitOf(Unit).Set(path, Literal.Text(value)).Text.ShouldBe(Unit.Replace(before, after, StringComparison.Ordinal));

    [Fact]
    public void Lists_are_set_as_lines()
    {
        UnitOf(Unit).Set("Unit.After", Literal.Texts("a", "b")).Text.ShouldBe(Unit.Replace("After=network.target\nAfter=time.target", "After=a\nAfter=b", StringComparison.Ordinal));
        UnitOf("").Set("Service.ExecStart", Literal.Texts("", "/bin/x y")).Text.ShouldBe("[Service]\nExecStart=\nExecStart=/bin/x y\n");
        UnitOf("[Service]\n[Install]\n").Set("Service.User", Literal.Text("x")).Text.ShouldBe("[Service]\nUser=x\n[Install]\n");
        Refused(static () => UnitOf(Unit).Set("Service.User", Literal.Text("a\nGroup=b"))).Id.ShouldBe("GH8105");
        Refused(static () => UnitOf(Unit).Set("User", Literal.Text("a"))).Id.ShouldBe("GH8105");
    }

    [Fact]
    public void Removing_and_comments_keep_the_rest()
    {
        UnitFile file = UnitOf(Unit);

        file.Remove("Service.User").Text.ShouldBe(Unit.Replace("User=ipfs\n", "", StringComparison.Ordinal));
        file.Remove("Unit.After").Text.ShouldBe(Unit.Replace("After=network.target\nAfter=time.target\n", "", StringComparison.Ordinal));
        file.Remove("Service.ExecStart").Text.ShouldNotContain("--upgrade");
        file.Remove("Service.Nothing").ShouldBeSameAs(file);
        file.AddComment("Service.User", "two\nlines").Text.ShouldBe(Unit.Replace("User=ipfs", "# two\n# lines\nUser=ipfs", StringComparison.Ordinal));
        Refused(() => file.AddComment("Service.Nothing", "x")).Id.ShouldBe("GH8105");
    }
}
