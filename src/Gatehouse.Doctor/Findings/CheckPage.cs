using System.Collections.Immutable;

namespace Gatehouse.Doctor.Findings;

/// <summary>
/// What is written about a check: <c>docs/doctor/ID.md</c>, which the program carries. The page is where title, severity, reason and
/// remedy are said; code has the id and what to look at.
/// </summary>
/// <param name="Id">The permanent id.</param>
/// <param name="Title">One line, capital first, no full stop.</param>
/// <param name="Severity">The usual severity; a finding may say another.</param>
/// <param name="System">The system's word: <c>emqx</c>.</param>
/// <param name="Meaning">What it means, Markdown.</param>
/// <param name="Why">Why it matters, Markdown.</param>
/// <param name="Remedy">What to do, Markdown with commands or settings in blocks.</param>
/// <param name="Source">Where the rule comes from, Markdown.</param>
public sealed record CheckPage(string Id, string Title, Severity Severity, string System, string Meaning, string Why, string Remedy, string Source)
{
    private const string Prefix = "doctor/";
    private static readonly string[] Heads = ["## What it means", "## Why", "## What to do", "## Source"];

    /// <summary>Ids of all pages, sorted.</summary>
    public static ImmutableArray<string> Ids { get; } =
    [
        .. typeof(CheckPage).Assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static name => name[Prefix.Length..^".md".Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads a check's page, or null where there is no such check.</summary>
    public static CheckPage? Find(string id)
    {
        using Stream? stream = typeof(CheckPage).Assembly.GetManifestResourceStream($"{Prefix}{id.ToUpperInvariant()}.md");
        if (stream is null)
        {
            return null;
        }

        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd());
    }

    /// <summary>Reads a page's text.</summary>
    /// <exception cref="FormatException">It has another form than <c>docs/doctor/README.md</c> says.</exception>
    public static CheckPage Parse(string text)
    {
        string[] lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        (string id, string title) = Cut(lines[0], "# ", ": ");
        if (lines.Length < 3 || lines[2].Split(" \u00b7 ") is not [string severity, string system] || !Enum.TryParse(severity, ignoreCase: true, out Severity level) || int.TryParse(severity, out _))
        {
            throw new FormatException($"the third line of {id} is `severity \u00b7 system`");
        }

        string[] parts = new string[Heads.Length];
        int at = 3;
        for (int part = 0; part < Heads.Length; part++)
        {
            at = Array.IndexOf(lines, Heads[part], at);
            if (at < 0)
            {
                throw new FormatException($"{id} has no `{Heads[part]}` in its place");
            }

            int end = Array.FindIndex(lines, ++at, static line => line.StartsWith("## ", StringComparison.Ordinal));
            parts[part] = string.Join('\n', lines[at..(end < 0 ? lines.Length : end)]).Trim();
            if (parts[part].Length == 0)
            {
                throw new FormatException($"{id} says nothing under `{Heads[part]}`");
            }
        }

        return new CheckPage(id, title, level, system, parts[0], parts[1], parts[2], parts[3]);
    }

    private static (string Left, string Right) Cut(string line, string start, string between)
    {
        int at = line.IndexOf(between, StringComparison.Ordinal);
        return line.StartsWith(start, StringComparison.Ordinal) && at > 0
            ? (line[start.Length..at], line[(at + between.Length)..])
            : throw new FormatException($"a page begins with `{start}ID{between}Title`");
    }
}
