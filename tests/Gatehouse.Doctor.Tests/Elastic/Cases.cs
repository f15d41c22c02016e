namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>
/// One change of a configuration in which nothing is wrong, and all that is found then. Lines that begin with a setting's name replace that
/// setting's line, <c>-name</c> takes it out, anything else is added at the end; <c>@n</c> in what is expected is the line of the file.
/// </summary>
/// <param name="Name">What is changed.</param>
/// <param name="Change">The lines.</param>
/// <param name="Expected">Findings above info, sorted: <c>ES-014 high @15</c>.</param>
internal sealed record ElasticCase(string Name, string Change, params string[] Expected)
{
    /// <summary>Changes more than the file.</summary>
    public Action<FakeHost>? Also { get; init; }

    /// <summary>The program's version, or null for the usual one.</summary>
    public string? Version { get; init; }

    /// <summary>The changed file.</summary>
    public string Apply(string secured)
    {
        List<string> lines = [.. secured.Split('\n')];
        foreach (string change in Change.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = change.TrimStart('-').Split(':')[0];
            int at = change[0] is ' ' ? -1 : lines.FindIndex(line => line.StartsWith(name + ":", StringComparison.Ordinal));
            if (change[0] == '-' && change.Length > 1 && change[1] != ' ')
            {
                lines.RemoveAt(at);
            }
            else if (at >= 0)
            {
                lines[at] = change;
            }
            else
            {
                lines.Add(change);
            }
        }

        return string.Join('\n', lines) + "\n";
    }

    public override string ToString() => Name;
}
