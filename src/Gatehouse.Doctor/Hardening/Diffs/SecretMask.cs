using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Diffs;

/// <summary>Lines of a file as people may see them: as many as it has, with every secret masked. In doubt something is a secret.</summary>
internal static partial class SecretMask
{
    private const int LeastSecret = 4;

    // A comment longer than that is nobody's remark, and is masked whole.
    private const int LongestComment = 4096;
    private static readonly string[] CommentMarks = ["#", "//", "%", ";"];

    /// <summary>A file that was read.</summary>
    public static ImmutableArray<string> Lines(ConfigDocument document)
    {
        var spans = new List<(int Start, int Length)>();
        var secrets = new HashSet<string>(StringComparer.Ordinal);
        int[] starts = Starts(document.Text);
        Collect(document.Settings.Root, isSecret: false, setting =>
        {
            if (setting.Text is { Length: >= LeastSecret } value)
            {
                secrets.Add(value);
            }

            foreach (Origin origin in setting.Origins.Where(o => o.Source == document.Source && o is { Line: > 0, Length: > 0, Variable: null }))
            {
                spans.Add((starts[origin.Line - 1] + origin.Column - 1, origin.Length));
            }
        });
        return Masked(document.Text, spans, secrets);
    }

    /// <summary>A text without structure.</summary>
    public static ImmutableArray<string> Lines(string text) => Masked(text, [], []);

    private static void Collect(Setting setting, bool isSecret, Action<Setting> found)
    {
        bool hides = isSecret || (setting.Path.Depth > 0 && Shown.IsSensitive(setting));
        bool isScalar = setting.Kind is SettingKind.Text or SettingKind.Number or SettingKind.Unknown || (setting.Kind == SettingKind.Map && setting.Text is not null);
        if (hides && isScalar && !(setting.Name is "key" or "private_key" && KeyFile().IsMatch(setting.Text ?? "")))
        {
            found(setting);
        }

        foreach (Setting child in setting.Children)
        {
            Collect(child, hides, found);
        }

        foreach (Setting lost in setting.Overridden)
        {
            Collect(lost, hides, found);
        }
    }

    private static ImmutableArray<string> Masked(string text, List<(int Start, int Length)> spans, HashSet<string> secrets)
    {
        var masked = new StringBuilder(text.Length);
        int at = 0;
        foreach ((int start, int length) in spans.OrderBy(static span => span.Start))
        {
            if (start < at || start + length > text.Length)
            {
                continue; // inside of one that is masked already
            }

            masked.Append(text, at, start - at);
            string value = text.Substring(start, length);
            string quote = value[0] is '"' or '\'' ? value[..1] : "";
            bool isEmpty = value.Trim('"', '\'').Length == 0; // that a secret is empty is the fault itself
            masked.Append(isEmpty ? value : string.Join('\n', value.Split('\n').Select(_ => $"{quote}{Shown.Mask}{quote}")));
            at = start + length;
        }

        masked.Append(text, at, text.Length - at);
        string[] byLength = [.. secrets.OrderByDescending(static secret => secret.Length)];
        return [.. masked.ToString().Split('\n').Select(line => Line(line.TrimEnd('\r'), byLength))];
    }

    private static string Line(string line, string[] secrets)
    {
        foreach (string secret in secrets)
        {
            line = line.Replace(secret, Shown.Mask, StringComparison.Ordinal);
        }

        line = UserInfo().Replace(line, $"://{Shown.Mask}@");
        int begin = line.Length - line.AsSpan().TrimStart().Length;
        return CommentMarks.FirstOrDefault(mark => line.AsSpan(begin).StartsWith(mark, StringComparison.Ordinal)) is { } marked ? Comment(line, begin + marked.Length) : line;
    }

    // What a comment says about a password may be the password.
    private static string Comment(string line, int begin)
    {
        if (line.Length > LongestComment)
        {
            return $"{line[..begin]} {Shown.Mask}";
        }

        Match? told = Named().Matches(line, begin).FirstOrDefault(match => match.Index + match.Length < line.Length && Shown.IsSensitive(match.Groups["name"].Value));
        return told is null ? line : line[..(told.Index + told.Length)] + Shown.Mask;
    }

    private static int[] Starts(string text)
    {
        var starts = new List<int> { 0 };
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                starts.Add(i + 1);
            }
        }

        return [.. starts];
    }

    // All without backtracking: a line of any length and shape takes no more time than its length.
    [GeneratedRegex(@"://[^/@\s]+@", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex UserInfo();

    // `ssl.key: node.key` names a file.
    [GeneratedRegex(@"^[\w./${}\-]+\.(key|pem|crt|p12|pfx|jks)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex KeyFile();

    [GeneratedRegex("""(?<name>[\w.\-]+)["']?\s*[=:{,]\s*""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Named();
}
