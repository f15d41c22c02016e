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
        Match comment = Comment().Match(line);
        return comment.Success && Shown.IsSensitive(comment.Groups["name"].Value) ? line[..comment.Groups["value"].Index] + Shown.Mask : line;
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

    [GeneratedRegex(@"://[^/@\s]+@", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex UserInfo();

    // `ssl.key: node.key` names a file.
    [GeneratedRegex(@"^[\w./${}\-]+\.(key|pem|crt|p12|pfx|jks)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex KeyFile();

    // What a comment says about a password may be the password.
    [GeneratedRegex("""^\s*(#|//|%|;).*?(?<name>[\w.\-]+)["']?\s*[=:{,]\s*(?<value>\S.*)$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Comment();
}
