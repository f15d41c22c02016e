using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Units;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Units;

/// <summary>Files of environment variables, in the three ways in which they are read.</summary>
public class Env_files
{
    [Theory]
    [InlineData("A=b c  \n# x\n; y\nB = d\n", "{A: 'b c', B: 'd'}")]
    [InlineData("A=\"b \\\"c\\\" \\x\" tail\n", "{A: 'b \"c\" \\xtail'}")]
    [InlineData("A='b\\'\"c\"\n", "{A: 'b\\c'}")]
    [InlineData("A=x\"y\"\n", "{A: 'x\"y\"'}")]
    [InlineData("A=one \\\n  two\nB=3\n", "{A: 'one   two', B: '3'}")]
    [InlineData("A=\"one\ntwo\"\n", "{A: 'one\ntwo'}")]
    [InlineData("A=\nB=${A}\n", "{A: '', B: '${A}'}")]
    [InlineData("export A=1\nB=2\n", "{B: '2'}")]
    [InlineData("nothing\nB=2\n", "{B: '2'}")]
    [InlineData("A=a#b # c\r\nB=2\r\n", "{A: 'a#b # c', B: '2'}")]
    public void Systemd_reads(string text, string meant) => EnvOf(text, EnvSyntax.Systemd).Settings.Root.Shown().ShouldBe(meant);

    [Theory]
    [InlineData("A=\"b\" # c\n# x\n  B=  d \n", "{A: '\"b\" # c', B: '  d '}")]
    [InlineData("A\nB=$C\n", "{A: unknown, B: '$C'}")]
    [InlineData(";A=1\n", "{;A: '1'}")]
    public void Docker_reads(string text, string meant) => EnvOf(text, EnvSyntax.Docker).Settings.Root.Shown().ShouldBe(meant);

    [Theory]
    [InlineData("A=b # c\nexport B='x # y'\nC: d\n", "{A: 'b', B: 'x # y', C: 'd'}")]
    [InlineData("A=\"x\\n\\\"$$y\\$z\"\n", "{A: 'x\n\"$y$z'}")]
    [InlineData("A=1\nB=${A}-$A\n", "{A: '1', B: '1-1'}")]
    [InlineData("B=${X}\n", "{B: unknown}")]
    [InlineData("B=${X:-d}\n", "{B: unknown}")]
    [InlineData("A=b#c\nB=#x\n", "{A: 'b#c', B: ''}")]
    [InlineData("A=\"two\nlines\"\nB=1\n", "{A: 'two\nlines', B: '1'}")]
    public void Compose_reads(string text, string meant) => EnvOf(text, EnvSyntax.Compose).Settings.Root.Shown().ShouldBe(meant);

    [Theory]
    [InlineData("${X:-d}", "d")]
    [InlineData("${X-d}", "d")]
    [InlineData("${S:-d}", "s")]
    [InlineData("${E:-d}", "d")]
    [InlineData("${E-d}", "")]
    [InlineData("${S:+o}", "o")]
    [InlineData("${E:+o}", "")]
    [InlineData("${E+o}", "o")]
    [InlineData("${X+o}", "")]
    [InlineData("${S:?no}", "s")]
    [InlineData("${X:-${S}-${E:-n}}", "s-n")]
    [InlineData("$S$X.$$S$", "s.$S$")]
    [InlineData("${X}", "")]
    [InlineData("${", "${")]
    [InlineData("${1a}", null)]
    [InlineData("${S!}", null)]
    public void Compose_fills_in(string text, string? filled) => Interpolation.Fill(text, Environment(("S", "s"), ("E", ""))).Value.ShouldBe(filled);

    [Fact]
    public void Variables_know_their_places()
    {
        EnvFile file = EnvOf("# x\nA=1\nCLUSTER_SECRET=\"abc\"\nA=2\n", EnvSyntax.Systemd);

        file.Variables.Find("CLUSTER_SECRET")!.Origin.ShouldBe(new Origin(Source, 3, 16, 5, "CLUSTER_SECRET"));
        file.Variables.Find("A")!.Value.ShouldBe("2");
        file.Variables.IsComplete.ShouldBeFalse();
        file.Settings.Remarks.Single().Subject.ShouldBe("A");
        Refused(static () => EnvOf("A=1\nB=\"x\n", EnvSyntax.Systemd)).ToString().ShouldStartWith("GH8102 etc/file.conf:2:3:");
    }

    [Theory]
    [InlineData(EnvSyntax.Systemd)]
    [InlineData(EnvSyntax.Docker)]
    [InlineData(EnvSyntax.Compose)]
    public void What_is_set_is_read_again(EnvSyntax syntax)
    {
        EnvFile file = EnvOf("A=1 \r\nB=2", syntax);
        foreach (string value in new[] { "x", "", "a b", "a'b", "a\"b", "$HOME ${X} `x`", "a#b # c", "\\n", "é😀", "http://u:p@h/?a=b&c" })
        {
            file.Set("A", Literal.Text(value)).Settings["A"].Text.ShouldBe(value);
            file.Set("C", Literal.Text(value)).Settings["C"].Text.ShouldBe(value);
        }

        file.Set("B", Literal.Number(7)).Text.ShouldBe("A=1 \r\nB=7");
        file.Remove("A").Text.ShouldBe("B=2");
        file.AddComment("B", "two").Text.ShouldBe("A=1 \r\n# two\r\nB=2");
        Refused(() => file.Set("A B", Literal.Text("x"))).Id.ShouldBe("GH8105");
        Refused(() => file.Set("A", Literal.List())).Id.ShouldBe("GH8105");
        Refused(() => file.Set("A", Literal.Raw("x\nC=3"))).Id.ShouldBe("GH8105");
    }
}
