using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Rules;

/// <summary>Settings, variables, arguments and files as evidence: what may be a secret is masked here, and nowhere else.</summary>
public static partial class Shown
{
    /// <summary>What stands for a secret.</summary>
    public const string Mask = "****";

    private const int Longest = 120;

    /// <summary>Each setting's place; one that nothing sets has none.</summary>
    public static ImmutableArray<Evidence> All(params ReadOnlySpan<Setting> settings)
    {
        var found = ImmutableArray.CreateBuilder<Evidence>();
        foreach (Setting setting in settings)
        {
            if (setting.Origin is not null)
            {
                found.Add(Of(setting));
            }
        }

        return found.ToImmutable();
    }

    /// <summary>A setting that is set.</summary>
    public static Evidence Of(Setting setting)
    {
        Origin origin = setting.Origin ?? throw new ArgumentException("nothing sets it", nameof(setting));
        string value = ValueOf(setting);
        return origin.Variable is { } name
            ? new Evidence(EvidenceKind.Environment, origin.Source, $"{name}={value}", origin.Line, origin.Column)
            : new Evidence(EvidenceKind.File, origin.Source, $"{setting.Path}: {value}", origin.Line, origin.Column);
    }

    /// <summary>A variable.</summary>
    public static Evidence Of(EnvironmentVariable variable) => new(
        EvidenceKind.Environment,
        variable.Origin.Source,
        $"{variable.Name}={(IsSensitive(variable.Name) ? MaskOf(variable.Value) : Cut(variable.Value ?? "(not known)"))}",
        variable.Origin.Line,
        variable.Origin.Column);

    /// <summary>Owner and mode of a file.</summary>
    public static Evidence Of(FileFact file, IHost host) =>
        new(EvidenceKind.Mode, file.Path, $"mode {file.Status.Octal}, owner {host.UserName(file.Status.Owner) ?? $"{file.Status.Owner}"}");

    /// <summary>A process.</summary>
    /// <param name="process">Which.</param>
    /// <param name="what">What was seen of it, without secrets.</param>
    public static Evidence Of(ProcessFact process, string what) => new(EvidenceKind.Process, process.Place, Cut(what));

    /// <summary>A live port.</summary>
    /// <param name="socket">Which.</param>
    /// <param name="what">What was seen there, without secrets.</param>
    public static Evidence Of(SocketFact socket, string what) => new(EvidenceKind.Port, $"{socket.EndPoint}{(socket.IsUdp ? "/udp" : "")}", Cut(what));

    /// <summary>Whether what stands under a name may be a secret. In doubt it is.</summary>
    public static bool IsSensitive(string name) => Sensitive().IsMatch(name) && !Harmless().IsMatch(name);

    /// <summary>Whether a setting may hold a secret, by its own name and those around it.</summary>
    public static bool IsSensitive(Setting setting)
    {
        ImmutableArray<string> names = setting.Path.Segments;
        return (names.Length > 0 && IsSensitive(names[^1])) || names.Any(static name => Holders().IsMatch(name));
    }

    private static string ValueOf(Setting setting)
    {
        if (setting.Kind == SettingKind.Map)
        {
            return "{...}";
        }

        // A switch is no secret, whatever its name.
        bool isSensitive = setting.Kind != SettingKind.Boolean && IsSensitive(setting);
        if (setting.Kind == SettingKind.List)
        {
            return isSensitive || setting.AsTexts() is not { } texts ? "[...]" : Cut($"[{string.Join(", ", texts)}]");
        }

        return setting.Kind == SettingKind.Null ? "null"
            : setting.IsUnknown ? "(not known)"
            : isSensitive ? MaskOf(setting.Text)
            : Cut(setting.Text ?? setting.Raw);
    }

    // That a secret is empty is the fault itself.
    private static string MaskOf(string? value) => value is { Length: 0 } ? "\"\"" : Mask;

    // Secrets stand in URLs as well: `http://user:password@host`, `https://host/?token=...`.
    private static string Cut(string text)
    {
        string line = UserInfo().Replace(text.Replace('\n', ' ').Replace('\r', ' '), $"://{Mask}@");
        line = Parameter().Replace(line, $"${{name}}{Mask}");
        if (line.Length <= Longest)
        {
            return line;
        }

        // Half a character is none.
        int length = char.IsHighSurrogate(line[Longest - 1]) ? Longest - 1 : Longest;
        return string.Concat(line.AsSpan(0, length), "...");
    }

    [GeneratedRegex("pass(word|wd|phrase)?|secret|cookie|token|credential|api_?key|priv(ate)?_?key|encryption_?key|hmac|(^|[._])key$|^(cloud\\.)?auth$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Sensitive();

    [GeneratedRegex("(file|path|dir|enable|enabled|timeout|ttl|expire|expiration|expired_time|type|algorithm|mechanism|size|length|hash)$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Harmless();

    [GeneratedRegex("credentials|^headers$|^Authorizations$|AuthSecret", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Holders();

    // To the last `@`: passwords with `@` and `/` in them are written as they are, wrong as that is.
    [GeneratedRegex(@"://\S*@", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex UserInfo();

    [GeneratedRegex("""(?<name>(pass(word|wd|phrase)?|secret|token|(api|access)_?key|signature|credentials?)=)[^&;\s"']+""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
