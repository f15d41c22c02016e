using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Elastic;

/// <summary>One flag of a node's Java machine.</summary>
/// <param name="Text">As it is written: <c>-XX:HeapDumpPath=data</c>.</param>
/// <param name="Evidence">Where.</param>
internal sealed record JvmFlag(string Text, Evidence Evidence)
{
    /// <summary>Flags of <c>jvm.options</c>, of its folder, of the environment and of the process, in rising order of precedence.</summary>
    public static ImmutableArray<JvmFlag> Of(NodeSubject node)
    {
        var found = ImmutableArray.CreateBuilder<JvmFlag>();
        if (node.Process is { } process && process.Arguments.Any(static a => a.StartsWith("-X", StringComparison.Ordinal)))
        {
            // What it runs with says it all, files included.
            found.AddRange(process.Arguments.Where(IsFlag).Select(a => new JvmFlag(a, Shown.Of(process, Plain(a)))));
            return found.ToImmutable();
        }

        if (node.Folder is { } folder)
        {
            string[] files = [$"{folder}/jvm.options", .. node.Host.List($"{folder}/jvm.options.d").Where(static n => n.EndsWith(".options", StringComparison.Ordinal)).Select(n => $"{folder}/jvm.options.d/{n}")];
            found.AddRange(files.SelectMany(file => Lines(node.Host, file)));
        }

        if (node.Environment.Find(node.IsOpenSearch ? "OPENSEARCH_JAVA_OPTS" : "ES_JAVA_OPTS") is { Value: { } text } variable)
        {
            found.AddRange(text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(IsFlag)
                .Select(a => new JvmFlag(a, new Evidence(EvidenceKind.Environment, variable.Origin.Source, $"{variable.Name}={Plain(a)}", variable.Origin.Line, variable.Origin.Column))));
        }

        return found.ToImmutable();
    }

    /// <summary>Value of the last flag that begins so, or null.</summary>
    public static JvmFlag? Last(ImmutableArray<JvmFlag> flags, string start) => flags.LastOrDefault(flag => flag.Text.StartsWith(start, StringComparison.Ordinal));

    private static bool IsFlag(string word) => word.StartsWith('-') && word.Length > 1;

    // Properties may carry passwords of trust stores.
    private static string Plain(string flag)
    {
        int equals = flag.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && Shown.IsSensitive(flag[..equals]) ? $"{flag[..equals]}={Shown.Mask}" : flag;
    }

    private static IEnumerable<JvmFlag> Lines(IHost host, string file)
    {
        string[] lines = Encoding.UTF8.GetString(host.Read(file).Bytes ?? []).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            // `8-13:-XX:...` holds for some versions of Java.
            string line = lines[i].Trim();
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string flag = line.Length > 0 && char.IsAsciiDigit(line[0]) && colon > 0 ? line[(colon + 1)..] : line;
            if (line.Contains('-', StringComparison.Ordinal) && IsFlag(flag))
            {
                yield return new JvmFlag(flag, new Evidence(EvidenceKind.File, file, Plain(flag), i + 1, 1));
            }
        }
    }
}
