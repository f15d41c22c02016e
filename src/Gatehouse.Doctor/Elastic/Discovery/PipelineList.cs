using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>The list of Logstash's pipelines: a list at the top of a YAML file, of which only <c>path.config</c> matters here.</summary>
internal static partial class PipelineList
{
    /// <summary>Files or patterns that it names; none where it is not there.</summary>
    public static IEnumerable<string> Paths(IHost host, string file)
    {
        foreach (string line in Encoding.UTF8.GetString(host.Read(file).Bytes ?? []).Split('\n'))
        {
            if (PathLine().Match(line) is { Success: true } match)
            {
                yield return match.Groups["path"].Value;
            }
        }
    }

    [GeneratedRegex("""^\s*(-\s*)?["']?path\.config["']?\s*:\s*["']?(?<path>[^"'#\s]+)""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PathLine();
}
