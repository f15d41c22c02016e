using Shouldly;

namespace Gatehouse.Architecture.Tests;

/// <summary>Texts under docs/architecture that a change must be seen in: the difference is what is reviewed.</summary>
internal static class Golden
{
    private const string Variable = "GATEHOUSE_UPDATE_GOLDEN";

    /// <summary>Compares with the golden file, or writes it where the variable asks for it.</summary>
    public static void Compare(string name, IEnumerable<string> lines)
    {
        string path = Path.Combine(Repository.Root, "docs", "architecture", name);
        string[] actual = [.. lines];
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            File.WriteAllText(path, string.Join('\n', actual) + "\n");
            return;
        }

        string[] expected = File.Exists(path) ? File.ReadAllText(path).TrimEnd('\n').Split('\n') : [];
        string[] gone = [.. expected.Except(actual, StringComparer.Ordinal).Take(30).Select(static l => "- " + l)];
        string[] come = [.. actual.Except(expected, StringComparer.Ordinal).Take(30).Select(static l => "+ " + l)];
        actual.SequenceEqual(expected).ShouldBeTrue(
            $"docs/architecture/{name} differs:\n{string.Join('\n', gone.Concat(come))}\n"
            + "If this is meant: ./test.sh --update-golden, and look at the difference before committing it.");
    }
}
