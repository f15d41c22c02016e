using System.Text;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Gatehouse.Doctor.Texts.Erlang;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Doctor.Texts.Json;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Doctor.Texts.Yaml;
using Gatehouse.Problems;
using Shouldly;

namespace Gatehouse.Doctor.Tests.Texts;

/// <summary>Short ways to read texts and to look at what came of them.</summary>
internal static class Reading
{
    public const string Source = "etc/file.conf";

    public static HoconFile HoconOf(string text, HoconOptions? options = null) => HoconFile.Read(Encoding.UTF8.GetBytes(text), Source, options ?? new HoconOptions());

    public static JsonFile JsonOf(string text) => JsonFile.Read(Encoding.UTF8.GetBytes(text), Source);

    public static YamlFile YamlOf(string text, YamlOptions? options = null) => YamlFile.Read(Encoding.UTF8.GetBytes(text), Source, options ?? YamlOptions.Dotted);

    public static ErlangFile ErlangOf(string text) => ErlangFile.Read(Encoding.UTF8.GetBytes(text), Source);

    public static VmArgsFile VmArgsOf(string text) => VmArgsFile.Read(Encoding.UTF8.GetBytes(text), Source);

    public static CookieFile CookieOf(string text) => CookieFile.Read(Encoding.UTF8.GetBytes(text), Source);

    public static EnvFile EnvOf(string text, EnvSyntax syntax, EnvironmentVariables? environment = null) => EnvFile.Read(Encoding.UTF8.GetBytes(text), Source, syntax, environment);

    public static UnitFile UnitOf(string text, string source = Source) => UnitFile.Read(Encoding.UTF8.GetBytes(text), source);

    public static ComposeFile ComposeOf(string text, EnvironmentVariables? environment = null) => ComposeFile.Read(Encoding.UTF8.GetBytes(text), Source, environment);

    /// <summary>Included files out of a dictionary.</summary>
    public static HoconOptions With(this HoconOptions options, params (string Name, string Text)[] files) => options with
    {
        Include = (_, name) => Array.FindIndex(files, f => f.Name == name) is >= 0 and int at ? new HoconInclude(name, Encoding.UTF8.GetBytes(files[at].Text)) : null,
    };

    public static Problem Refused(Func<object> read) => Should.Throw<ProblemException>(() => read()).Problem;

    /// <summary>Kind and value on one line, lists and objects in their order.</summary>
    public static string Shown(this Setting setting) => setting.Kind switch
    {
        SettingKind.Text => $"'{setting.Text}'",
        SettingKind.Boolean or SettingKind.Number => setting.Text!,
        SettingKind.List => "[" + string.Join(", ", setting.Children.Select(Shown)) + "]",
        SettingKind.Map => "{" + string.Join(", ", setting.Children.Select(static c => $"{c.Name}: {Shown(c)}")) + "}",
        var other => other.ToString().ToLowerInvariant(),
    };

    public static string Place(this Setting setting) => setting.Origin is { } origin ? $"{origin.Line}:{origin.Column}+{origin.Length}" : "nowhere";

    public static EnvironmentVariables Environment(params (string Name, string Value)[] variables) =>
        EnvironmentVariables.Of("process 1", variables.Select(static v => KeyValuePair.Create(v.Name, v.Value)));
}
