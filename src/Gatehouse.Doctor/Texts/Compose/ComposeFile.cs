using System.Collections.Immutable;
using Gatehouse.Doctor.Texts.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Compose;

/// <summary>A compose file, with its variables filled in from what is known of the shell and the <c>.env</c> file.</summary>
public sealed class ComposeFile : ConfigDocument
{
    private readonly YamlFile _file;
    private readonly EnvironmentVariables? _environment;

    private ComposeFile(YamlFile file, EnvironmentVariables? environment)
        : base(file.SourceText)
    {
        _file = file;
        _environment = environment;
        Settings = file.Resolve(environment);
        Services = [.. Settings["services"].Children.Where(static s => s.Kind is SettingKind.Map or SettingKind.Unknown).Select(static s => new ComposeService(s))];
    }

    /// <inheritdoc/>
    public override SettingTree Settings { get; }

    /// <summary>Its services in order.</summary>
    public ImmutableArray<ComposeService> Services { get; }

    /// <summary>
    /// Reads a file; <paramref name="environment"/> is what <c>${NAME}</c> is filled in from: the <c>.env</c> file with the shell's variables over it. What is not in it
    /// may be set in the shell, unless it is complete.
    /// </summary>
    /// <exception cref="ProblemException"><c>GH8100</c> to <c>GH8103</c>: why it cannot be read, with the place.</exception>
    public static ComposeFile Read(ReadOnlySpan<byte> bytes, string source, EnvironmentVariables? environment = null) =>
        new(YamlFile.Read(bytes, source, YamlOptions.Compose), environment);

    /// <summary>The service of a name, or null.</summary>
    public ComposeService? Service(string name) => Services.FirstOrDefault(s => s.Name == name);

    /// <inheritdoc/>
    public override ConfigDocument Set(SettingPath path, Literal value) => With(_file.Set(path, value));

    /// <inheritdoc/>
    public override ConfigDocument Remove(SettingPath path) => With(_file.Remove(path));

    /// <inheritdoc/>
    public override ConfigDocument AddComment(SettingPath path, string comment) => With(_file.AddComment(path, comment));

    private ComposeFile With(ConfigDocument edited) => new((YamlFile)edited, _environment);
}
