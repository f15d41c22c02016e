using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Shouldly;

namespace Gatehouse.Doctor.Tests.Ipfs;

/// <summary>Folders of <c>Fixtures</c> that are a host each: what doctors find there is written beside it.</summary>
internal static partial class Fixtures
{
    private const string Variable = "GATEHOUSE_UPDATE_GOLDEN";

    /// <summary>Names of a system's fixtures.</summary>
    public static IEnumerable<string> Of(string system) =>
        Directory.GetDirectories(Path.Combine(AppContext.BaseDirectory, "Fixtures", system), "rules-*").Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    /// <summary>A host of a fixture. A line <c># look PATH</c> of its description names a file that is to be looked at.</summary>
    public static (FakeHost Host, ExaminationRequest Request) Load(string system, string name)
    {
        var host = new FakeHost();
        host.Load($"{system}/{name}");
        string description = Path.Combine(AppContext.BaseDirectory, "Fixtures", system, name, "host.txt");
        IEnumerable<string> named = File.Exists(description) ? File.ReadLines(description).Where(static l => l.StartsWith("# look ", StringComparison.Ordinal)).Select(static l => l["# look ".Length..]) : [];
        return (host, new ExaminationRequest([.. named]));
    }

    /// <summary>A finding as a line.</summary>
    public static string Line(Finding finding) =>
        $"{finding.Check} {finding.Severity.ToString().ToLowerInvariant()}{(finding.IsUnknown ? " unknown" : "")} {Where(finding)} {finding.Text}";

    /// <summary>Compares with the written findings, or writes them.</summary>
    public static void Compare(string system, string name, IEnumerable<string> lines, [CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "..", "Fixtures", system, name, "expected.txt");
        string actual = string.Join('\n', lines) + "\n";
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }

        actual.ShouldBe(File.ReadAllText(path), $"{Variable}=1 writes it anew");
    }

    /// <summary>Everything in a fixture's files that nobody but their owner should see.</summary>
    public static IReadOnlyList<string> Secrets(string system, string name) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", system, name), "*", SearchOption.AllDirectories)
            .SelectMany(static file => Secret().Matches(File.ReadAllText(file))).Select(static match => match.Groups["secret"].Value).Distinct(StringComparer.Ordinal),
    ];

    private static string Where(Finding finding) => finding.Evidence.IsEmpty ? "-" : $"{finding.Evidence[0].Where}";

    // Keys and passwords of 32 bytes, in hexadecimal or base64 (a peer's id has neither 64 digits nor these letters in a row), and the ones that were thought of.
    [GeneratedRegex(@"(?<secret>\b[0-9a-f]{64}\b|[A-Za-z0-9+/]{40,}=|hunter2hunter2)", RegexOptions.ExplicitCapture)]
    private static partial Regex Secret();
}
