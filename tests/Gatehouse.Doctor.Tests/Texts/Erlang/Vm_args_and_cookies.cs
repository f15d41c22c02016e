using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Erlang;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Erlang;

/// <summary>Arguments of the Erlang machine, and its cookie.</summary>
public class Vm_args_and_cookies
{
    private const string Args = """
        ## Name of the node
        -name emqx@127.0.0.1
        -setcookie "emqx#secret \"cookie\""   # not this

        +K true
        +P 2097152
        -heart
        -kernel inet_dist_listen_min 4370 inet_dist_listen_max 4380
        -kernel inet_dist_use_interface {127,0,0,1}
        -env ERL_CRASH_DUMP 'log/erl crash.dump'
        -proto_dist inet_tls -pa ebin lib/ebin

        """;

    [Fact]
    public void Flags_are_settings()
    {
        SettingTree tree = VmArgsOf(Args).Settings;

        tree["-name"].Text.ShouldBe("emqx@127.0.0.1");
        tree["-setcookie"].Text.ShouldBe("emqx#secret \"cookie\"");
        tree["-setcookie"].Place().ShouldBe("3:12+24");
        tree["+K"].AsBoolean().ShouldBe(true);
        tree["+P"].AsInteger().ShouldBe(2097152);
        tree["-heart"].Kind.ShouldBe(SettingKind.Null);
        tree["-kernel.inet_dist_listen_min"].Text.ShouldBe("4370");
        tree["-kernel.inet_dist_use_interface"].Text.ShouldBe("{127,0,0,1}");
        tree["-env.ERL_CRASH_DUMP"].Text.ShouldBe("log/erl crash.dump");
        tree["-proto_dist"].Text.ShouldBe("inet_tls");
        tree["-pa"].Shown().ShouldBe("['ebin', 'lib/ebin']");
        tree["-sname"].Kind.ShouldBe(SettingKind.Missing);
        tree.Remarks.ShouldBeEmpty();
    }

    [Fact]
    public void A_flag_twice_is_remarked_and_another_file_leaves_things_open()
    {
        SettingTree tree = VmArgsOf("-setcookie a\n-setcookie b\n-args_file more.args\n").Settings;

        tree["-setcookie"].Text.ShouldBe("b");
        tree["-setcookie"].Overridden.Single().Text.ShouldBe("a");
        tree["-name"].Kind.ShouldBe(SettingKind.Unknown);
        tree.Remarks.Select(static r => r.Kind).ShouldBe([RemarkKind.DuplicateKey, RemarkKind.Include]);
    }

    [Theory]
    [InlineData("emqx@host\n", 1, 1)]
    [InlineData("-name x\n-setcookie \"abc\n", 2, 12)]
    public void A_broken_text_is_refused_with_its_place(string text, int line, int column) =>
        Refused(() => VmArgsOf(text)).Location.ShouldBe(new Gatehouse.Problems.ProblemLocation(Source, line, column));

    [Fact]
    public void Edits_change_a_value_and_nothing_else()
    {
        VmArgsFile file = VmArgsOf(Args);

        file.Set("-setcookie", Literal.Text("Abc123")).Text.ShouldBe(Args.Replace("\"emqx#secret \\\"cookie\\\"\"", "Abc123", StringComparison.Ordinal));
        file.Set("-kernel.inet_dist_listen_max", Literal.Number(4370)).Text.ShouldBe(Args.Replace("4380", "4370", StringComparison.Ordinal));
        file.Set("-kernel.inet_dist_base_port", Literal.Number(1)).Text.ShouldBe(Args + "-kernel inet_dist_base_port 1\n");
        file.Set("-ssl_dist_optfile", Literal.Text("etc/ssl dist.conf")).Text.ShouldBe(Args + "-ssl_dist_optfile \"etc/ssl dist.conf\"\n");
        file.Set("-heart", Literal.Boolean(true)).Text.ShouldBe(Args.Replace("-heart", "-heart true", StringComparison.Ordinal));
        file.Set("-hidden", Literal.Null).Text.ShouldBe(Args + "-hidden\n");
        file.Set("-kernel.inet_dist_use_interface", Literal.Raw("{0,0,0,0}")).Text.ShouldBe(Args.Replace("{127,0,0,1}", "{0,0,0,0}", StringComparison.Ordinal));
        VmArgsOf("-name a").Set("+K", Literal.Boolean(true)).Text.ShouldBe("-name a\n+K true");
        Refused(() => file.Set("name", Literal.Text("x"))).Id.ShouldBe("GH8105");
        Refused(() => file.Set("-name", Literal.Raw("x -setcookie y"))).Id.ShouldBe("GH8105");
    }

    [Fact]
    public void Removing_takes_the_line_or_the_pair()
    {
        VmArgsFile file = VmArgsOf(Args);

        file.Remove("+P").Text.ShouldBe(Args.Replace("+P 2097152\n", "", StringComparison.Ordinal));
        file.Remove("-kernel.inet_dist_listen_max").Text.ShouldBe(Args.Replace(" inet_dist_listen_max 4380", "", StringComparison.Ordinal));
        file.Remove("-kernel.inet_dist_use_interface").Text.ShouldBe(Args.Replace("-kernel inet_dist_use_interface {127,0,0,1}\n", "", StringComparison.Ordinal));
        file.Remove("-proto_dist").Text.ShouldBe(Args.Replace("-proto_dist inet_tls -pa", " -pa", StringComparison.Ordinal));
        file.Remove("-sname").ShouldBeSameAs(file);
        file.AddComment("+K", "kernel poll").Text.ShouldBe(Args.Replace("+K", "## kernel poll\n+K", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ABCDEF\n", "'ABCDEF'")]
    [InlineData("ABC DEF", "'ABC DEF'")]
    [InlineData("ABC\r\n\n", "'ABC'")]
    [InlineData("", "unknown")]
    [InlineData("ABC\nDEF", "unknown")]
    [InlineData("ABÉ", "unknown")]
    public void A_cookie_is(string text, string meant) => CookieOf(text).Settings["cookie"].Shown().ShouldBe(meant);

    [Fact]
    public void A_cookie_is_replaced_and_its_break_stays()
    {
        CookieOf("OLD\n").Set("cookie", Literal.Text("NEW")).Text.ShouldBe("NEW\n");
        CookieOf("OLD").Set("cookie", Literal.Text("NEW")).Text.ShouldBe("NEW");
        Refused(static () => CookieOf("OLD").Set("cookie", Literal.Text("A B"))).Id.ShouldBe("GH8105");
        Refused(static () => CookieOf("OLD").Remove("cookie")).Id.ShouldBe("GH8105");
        CookieOf("HUNTER2").Settings["cookie"].ToString().ShouldNotContain("HUNTER2");
    }
}
