using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite;

/// <summary>A flag that the Java machine is started with.</summary>
/// <param name="Text">The flag; it may hold a secret.</param>
/// <param name="Kind">What kind of place it was seen at.</param>
/// <param name="Place">Where.</param>
/// <param name="Line">Line of the file, or 0.</param>
internal sealed record JavaFlag(string Text, EvidenceKind Kind, string Place, int Line = 0)
{
    // The first is the start script's, the others Java reads itself.
    private static readonly string[] Variables = ["IGNITE3_EXTRA_JVM_ARGS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"];

    /// <summary>The flags that variables of an environment set.</summary>
    public static IEnumerable<JavaFlag> Of(EnvironmentVariables variables)
    {
        foreach (EnvironmentVariable variable in Variables.Select(variables.Find).OfType<EnvironmentVariable>())
        {
            foreach (string word in (variable.Value ?? "").Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                yield return new JavaFlag(word, EvidenceKind.Environment, variable.Origin.Source, variable.Origin.Line);
            }
        }
    }

    /// <summary>As evidence.</summary>
    /// <param name="shown">What of it may be shown.</param>
    public Evidence Show(string shown) => new(Kind, Place, shown, Line);
}
