using System.Collections.Immutable;
using Gatehouse.Doctor.Texts.Units;

namespace Gatehouse.Doctor.Texts.Compose;

/// <summary>The forms that lists of a service come in.</summary>
internal static class ComposeReading
{
    private static readonly Origin Nowhere = new("");

    public static EnvironmentVariables Variables(Setting setting)
    {
        var variables = new List<EnvironmentVariable>();
        foreach (Setting child in setting.Children)
        {
            Origin origin = child.Origin ?? Nowhere;
            if (setting.Kind == SettingKind.Map)
            {
                // Without a value it is the shell's, which is not known here.
                variables.Add(new EnvironmentVariable(child.Name, child.Text, origin with { Variable = child.Name }, child.Raw));
                continue;
            }

            string written = child.Text ?? Plain(child.Raw);
            int sign = written.IndexOf('=', StringComparison.Ordinal);
            string name = sign < 0 ? written : written[..sign];
            if (name.Length > 0)
            {
                variables.Add(new EnvironmentVariable(name, sign < 0 || child.Text is null ? null : written[(sign + 1)..], origin with { Variable = name }, sign < 0 ? "" : written[(sign + 1)..]));
            }
        }

        return EnvironmentVariables.Of(variables);
    }

    public static ImmutableArray<ComposeEnvFile> EnvFiles(Setting setting) =>
    [
        .. Items(setting)
            .Select(static i => i.Kind == SettingKind.Map
                ? new ComposeEnvFile(i.Child("path")?.Text ?? "", i.Child("required")?.AsBoolean() != false, i.Origin ?? Nowhere)
                : new ComposeEnvFile(i.Text ?? "", IsRequired: true, i.Origin ?? Nowhere))
            .Where(static f => f.Path.Length > 0),
    ];

    public static ImmutableArray<ComposePort> Ports(Setting setting) =>
        [.. Items(setting).Select(static i => i.Kind == SettingKind.Map ? LongPort(i) : i.Text is { } text ? Port(text, i.Origin ?? Nowhere) : null).OfType<ComposePort>()];

    public static ImmutableArray<ComposeVolume> Volumes(Setting setting) =>
        [.. Items(setting).Select(static i => i.Kind == SettingKind.Map ? LongVolume(i) : i.Text is { } text ? Volume(text, i.Origin ?? Nowhere) : null).OfType<ComposeVolume>()];

    public static ImmutableArray<string>? Words(Setting setting) => setting.Kind switch
    {
        SettingKind.Text => [.. UnitWords.Split(setting.Text!)], // a text has one
        _ => setting.AsTexts(),
    };

    private static IEnumerable<Setting> Items(Setting setting) => setting.Kind switch
    {
        SettingKind.List => setting.Children,
        SettingKind.Missing or SettingKind.Null => [],
        _ => [setting],
    };

    // [HOST:][PUBLISHED:]TARGET[/PROTOCOL]; an address of IPv6 stands in brackets.
    private static ComposePort Port(string text, Origin origin)
    {
        int slash = text.LastIndexOf('/');
        string protocol = slash < 0 ? "tcp" : text[(slash + 1)..];
        string rest = slash < 0 ? text : text[..slash];
        string host = "";
        if (rest.StartsWith('[') && rest.IndexOf(']', StringComparison.Ordinal) is > 0 and int close)
        {
            host = rest[1..close];
            rest = rest[(close + 1)..].TrimStart(':');
        }

        string[] parts = rest.Split(':');
        string published = parts.Length > 1 ? parts[^2] : "";
        return new ComposePort(host.Length > 0 ? host : parts.Length > 2 ? string.Join(':', parts[..^2]) : "", published, parts[^1], protocol, origin);
    }

    private static ComposePort LongPort(Setting item) => new(
        item.Child("host_ip")?.Text ?? "", item.Child("published")?.Text ?? "", item.Child("target")?.Text ?? "", item.Child("protocol")?.Text ?? "tcp", item.Origin ?? Nowhere);

    private static ComposeVolume Volume(string text, Origin origin)
    {
        string[] parts = text.Split(':');
        return parts.Length == 1
            ? new ComposeVolume("", parts[0], IsReadOnly: false, origin)
            : new ComposeVolume(parts[0], parts[1], parts.Length > 2 && parts[2].Split(',').Contains("ro"), origin);
    }

    private static ComposeVolume LongVolume(Setting item) =>
        new(item.Child("source")?.Text ?? "", item.Child("target")?.Text ?? "", item.Child("read_only")?.AsBoolean() == true, item.Origin ?? Nowhere);

    private static string Plain(string raw) => raw.Length > 1 && raw[0] is '"' or '\'' ? raw[1..^1] : raw;
}
