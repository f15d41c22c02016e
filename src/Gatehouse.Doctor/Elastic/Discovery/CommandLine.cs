using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>Settings on a command line: <c>-Ename=value</c>, <c>-E name=value</c>, or <c>--name=value</c> and <c>--name value</c>.</summary>
internal static class CommandLine
{
    /// <summary>All of them in order.</summary>
    /// <param name="words">The words after the program.</param>
    /// <param name="isLong">Whether they stand as <c>--name</c>.</param>
    /// <param name="place">The process or file that has the command line.</param>
    /// <param name="line">Line of the file, or 0.</param>
    public static IEnumerable<Setting> Settings(IReadOnlyList<string> words, bool isLong, string place, int line)
    {
        for (int i = 0; i < words.Count; i++)
        {
            string? pair = null;
            if (!isLong && words[i].StartsWith("-E", StringComparison.Ordinal))
            {
                pair = words[i] == "-E" ? i + 1 < words.Count ? words[++i] : null : words[i][2..];
            }
            else if (isLong && words[i].StartsWith("--", StringComparison.Ordinal) && words[i].Contains('.', StringComparison.Ordinal))
            {
                pair = words[i].Contains('=', StringComparison.Ordinal) ? words[i][2..]
                    : i + 1 < words.Count && !words[i + 1].StartsWith('-') ? $"{words[i][2..]}={words[++i]}"
                    : $"{words[i][2..]}=true";
            }

            if (pair is not null && LayeredSettings.Argument(place, line, pair) is { } setting)
            {
                yield return setting;
            }
        }
    }
}
