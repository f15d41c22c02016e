using System.CommandLine;
using Gatehouse.Problems.Hints;

namespace Gatehouse.App.Commands;

/// <summary>What a word that is no command and no option was meant to be.</summary>
internal static class Suggestion
{
    /// <summary>The end of the error's text: <c>, did you mean `status`?</c>, or nothing where no word is near.</summary>
    public static string For(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count == 0)
        {
            return "";
        }

        Command command = parsed.CommandResult.Command;
        string word = parsed.UnmatchedTokens[0];
        return word.StartsWith('-')
            ? NearestWord.Hint(word.Split('=')[0], OptionsOf(command))
            : NearestWord.Hint(word, command.Subcommands.Where(static c => !c.Hidden).Select(static c => c.Name));
    }

    // Its own ones, then those that hold for everything below a command. One letter is near to any other and no help.
    private static IEnumerable<string> OptionsOf(Command command) =>
        command.Options
            .Concat(Above(command).SelectMany(static c => c.Options).Where(static o => o.Recursive))
            .Where(static o => !o.Hidden)
            .SelectMany(static o => o.Aliases.Prepend(o.Name))
            .Where(static name => name.StartsWith("--", StringComparison.Ordinal));

    private static IEnumerable<Command> Above(Command command) =>
        command.Parents.OfType<Command>().SelectMany(static parent => Above(parent).Prepend(parent));
}
