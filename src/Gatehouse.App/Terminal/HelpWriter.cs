using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;

namespace Gatehouse.App.Terminal;

/// <summary>Help: what it does, how it is written, an example, what it takes. Options of every command stand at the root only.</summary>
internal sealed class HelpWriter(Screen screen) : SynchronousCommandLineAction
{
    private const string Program = "gatehouse";
    private const int Indent = 2;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        screen.Output.Write(Render(parseResult.CommandResult.Command, screen.Width));
        return 0;
    }

    /// <summary>The help of a command.</summary>
    public static string Render(Command command, int width)
    {
        var text = new StringBuilder();
        (string what, string? example) = Split(command.Description);
        text.Append(what).Append("\n\nusage: ").Append(Usage(command)).Append('\n');
        if (example is not null)
        {
            text.Append("example: ").Append(example).Append('\n');
        }

        Section(text, "commands", command.Subcommands.Where(static c => !c.Hidden).Select(static c => (Label(c), Split(c.Description).What)), width);
        Section(text, "arguments", command.Arguments.Where(static a => !a.Hidden).Select(static a => (a.Name, a.Description ?? "")), width);
        Section(text, "options", command.Options.Where(IsOwn).Select(static o => (Label(o), Described(o))), width);
        bool isRoot = command is RootCommand;
        if (isRoot)
        {
            Section(text, "options of every command", command.Options.Where(static o => o.Recursive && o is not HelpOption).Select(static o => (Label(o), Described(o))), width);
            text.Append("\nexit codes: 0 fine, 1 findings or refusal, 2 cannot run\n");
        }

        text.Append(isRoot ? "\ngatehouse COMMAND --help shows more\n" : "\ngatehouse --help shows the options of every command\n");
        return text.ToString();
    }

    private static bool IsOwn(Option option) => !option.Recursive && !option.Hidden && option is not (HelpOption or VersionOption);

    private static string Usage(Command command)
    {
        List<string> parts = [];
        for (Command? at = command; at is not null and not RootCommand; at = at.Parents.OfType<Command>().FirstOrDefault())
        {
            parts.Insert(0, at.Name);
        }

        parts.Insert(0, Program);
        parts.AddRange(command.Arguments.Select(static a => a.Arity.MinimumNumberOfValues == 0 ? $"[{a.Name}]" : a.Name));
        parts.AddRange(command.Options.Where(static o => o.Required).Select(Label));
        if (command.Subcommands.Count > 0)
        {
            parts.Add("COMMAND");
        }

        if (command.Options.Any(static o => IsOwn(o) && !o.Required))
        {
            parts.Add("[options]");
        }

        return string.Join(' ', parts);
    }

    private static string Label(Command command) => command.Subcommands.Count == 0
        ? command.Name
        : $"{command.Name} {string.Join('|', command.Subcommands.Select(static c => c.Name))}";

    private static string Label(Option option)
    {
        string names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(static n => n.Length));
        return option.HelpName is null ? names : $"{names} {option.HelpName}";
    }

    private static string Described(Option option)
    {
        string text = option.Description ?? "";
        return option.HasDefaultValue && option.GetDefaultValue() is string or int && option.GetDefaultValue()?.ToString() is { Length: > 0 } value
            ? $"{text} (default {value})"
            : text;
    }

    private static (string What, string? Example) Split(string? description)
    {
        string[] lines = (description ?? "").Split('\n');
        string? example = lines.FirstOrDefault(static line => line.StartsWith("example: ", StringComparison.Ordinal));
        return (lines[0], example?["example: ".Length..]);
    }

    private static void Section(StringBuilder text, string title, IEnumerable<(string Label, string What)> lines, int width)
    {
        (string Label, string What)[] all = [.. lines];
        if (all.Length == 0)
        {
            return;
        }

        text.Append('\n').Append(title).Append('\n');
        int column = all.Max(static line => line.Label.Length) + Indent + 2;
        foreach ((string label, string what) in all)
        {
            text.Append(' ', Indent).Append(label).Append(' ', column - Indent - label.Length);
            Wrap(text, what, column, width);
        }
    }

    private static void Wrap(StringBuilder text, string what, int column, int width)
    {
        int room = width > column + 20 ? width - column : int.MaxValue;
        int used = 0;
        foreach (string word in what.Split(' '))
        {
            if (used > 0 && used + 1 + word.Length > room)
            {
                text.Append('\n').Append(' ', column);
                used = 0;
            }

            text.Append(used > 0 ? " " : "").Append(word);
            used += word.Length + (used > 0 ? 1 : 0);
        }

        text.Append('\n');
    }
}
