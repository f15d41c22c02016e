using System.CommandLine;
using System.Text;
using Gatehouse.App.Commands;
using Gatehouse.App.Terminal;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>The help of every command, as docs/architecture/cli-help.txt has it; GATEHOUSE_UPDATE_GOLDEN=1 writes it anew.</summary>
public sealed class Help_texts
{
    [Fact]
    public void Help_is_the_golden_file()
    {
        var text = new StringBuilder();
        foreach (Command command in All())
        {
            text.Append("=== ").Append(PathOf(command)).Append(" --help\n").Append(HelpWriter.Render(command, 100)).Append('\n');
        }

        string path = Path.Combine(Repository.Root, "docs", "architecture", "cli-help.txt");
        string actual = text.ToString().TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        actual.ShouldBe(File.Exists(path) ? File.ReadAllText(path) : "", "the help differs from docs/architecture/cli-help.txt");
    }

    [Fact]
    public void Every_command_says_what_it_does_with_an_example_that_parses()
    {
        var tree = new CommandTree(new Screen(TextWriter.Null, TextWriter.Null));
        foreach (Command command in All().Where(static c => c.Subcommands.Count == 0))
        {
            string[] lines = command.Description!.Split('\n');
            lines[0].Length.ShouldBeInRange(10, 100, PathOf(command));
            string example = lines.ShouldHaveSingleItemAfterFirst();
            example.ShouldStartWith("example: ");
            string line = example["example: ".Length..].Replace("source <(", "", StringComparison.Ordinal).TrimEnd(')');
            line = line.Split(" > ")[0];
            line.ShouldStartWith(PathOf(command));
            tree.Root.Parse(line["gatehouse ".Length..]).Errors.ShouldBeEmpty(example);
        }
    }

    [Fact]
    public async Task What_is_not_understood_is_one_line_and_exit_code_2()
    {
        foreach (string[] args in new[] { new[] { "frobnicate" }, ["user", "add"], ["audit", "search", "--limit", "many"], ["user", "add", "x", "--password", "secret"] })
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            int exit = await new CommandTree(new Screen(output, error)).RunAsync(args, TestContext.Current.CancellationToken);
            exit.ShouldBe(2);
            output.ToString().ShouldBeEmpty();
            error.ToString().TrimEnd('\n').ShouldNotContain('\n');
            error.ToString().ShouldStartWith("GH9001 ");
        }
    }

    [Theory]
    [InlineData("stauts", ", did you mean `status`? (gatehouse --help)")]
    [InlineData("usr list", ", did you mean `user`? (gatehouse --help)")]
    [InlineData("User list", ", did you mean `user`? (gatehouse --help)")]
    [InlineData("user lst anna", ", did you mean `list`? (gatehouse user --help)")]
    [InlineData("audit serch --user anna", ", did you mean `search`? (gatehouse audit --help)")]
    [InlineData("user list --jsn", ", did you mean `--json`? (gatehouse user list --help)")]
    [InlineData("user add anna --passwordfile x", ", did you mean `--password-file`? (gatehouse user add --help)")]
    [InlineData("role set reader --grnt=a:b", ", did you mean `--grant`? (gatehouse role set --help)")]
    [InlineData("frobnicate", " 'frobnicate' (gatehouse --help)")]
    [InlineData("user list lst", " 'lst' (gatehouse user list --help)")]
    [InlineData("user list -x", " '-x' (gatehouse user list --help)")]
    public async Task A_misspelt_word_is_answered_with_the_nearest(string line, string end)
    {
        using var error = new StringWriter();
        int exit = await new CommandTree(new Screen(TextWriter.Null, error)).RunAsync(line.Split(' '), TestContext.Current.CancellationToken);
        exit.ShouldBe(2);
        error.ToString().ShouldStartWith("GH9001 unrecognized command or argument");
        error.ToString().TrimEnd('\n').ShouldEndWith(end);
    }

    [Fact]
    public async Task Without_a_daemon_a_command_says_how_to_start_it()
    {
        using var folder = new TemporaryFolder();
        using var error = new StringWriter();
        int exit = await new CommandTree(new Screen(TextWriter.Null, error)).RunAsync(["status", "--data", folder["none"]], TestContext.Current.CancellationToken);
        exit.ShouldBe(2);
        error.ToString().ShouldStartWith("GH9002 ");
        error.ToString().ShouldContain("gatehouse up");
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\u001b[2Jx", "\uFFFD[2Jx")]
    [InlineData("a\u202Eb", "a\uFFFDb")]
    [InlineData("a\nb\u0007", "a\uFFFDb\uFFFD")]
    [InlineData("\u009b31m", "\uFFFD31m")]
    public void What_would_command_a_terminal_is_replaced(string text, string shown) => Screen.Plain(text).ShouldBe(shown);

    [Fact]
    public void Tables_line_up_are_cut_on_a_terminal_only_and_plain_when_piped()
    {
        static string Rendered(int width, bool color)
        {
            using var output = new StringWriter();
            Table table = new Table("NAME", "WHAT").WithStyle(static (column, _) => column == 1 ? Style.Red : Style.None);
            table.Add("anna", new string('x', 60));
            table.Add("日本", null);
            table.Write(new Screen(output, TextWriter.Null, width, color), "none");
            return output.ToString();
        }

        Rendered(0, false).Split('\n').ShouldBe(["NAME  WHAT", "anna  " + new string('x', 60), "日本  -", ""]);
        Rendered(40, false).Split('\n').ShouldAllBe(static line => line.Length <= 40);
        Rendered(40, false).ShouldContain("…");
        Rendered(0, true).ShouldContain("\e[31m-\e[0m");
    }

    private static IEnumerable<Command> All()
    {
        var tree = new CommandTree(new Screen(TextWriter.Null, TextWriter.Null));
        IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);
        return Below(tree.Root);
    }

    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "gatehouse";
}

/// <summary>Assertions on descriptions.</summary>
internal static class DescriptionAssertions
{
    public static string ShouldHaveSingleItemAfterFirst(this string[] lines)
    {
        lines.Length.ShouldBe(2, string.Join('|', lines));
        return lines[1];
    }
}
