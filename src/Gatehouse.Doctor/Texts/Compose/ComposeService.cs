using System.Collections.Immutable;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Compose;

/// <summary>A port that a service publishes.</summary>
/// <param name="Host">The address of the host that it is published on; empty is every address.</param>
/// <param name="Published">The host's port or range; empty lets the engine choose.</param>
/// <param name="Target">The container's port or range.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Origin">Where it is.</param>
public sealed record ComposePort(string Host, string Published, string Target, string Protocol, Origin Origin);

/// <summary>Something that a service mounts.</summary>
/// <param name="Source">A path of the host, a volume's name, or empty.</param>
/// <param name="Target">A path of the container.</param>
/// <param name="IsReadOnly">Whether it is mounted for reading only.</param>
/// <param name="Origin">Where it is.</param>
public sealed record ComposeVolume(string Source, string Target, bool IsReadOnly, Origin Origin)
{
    /// <summary>Whether the source is a path of the host, and no named volume.</summary>
    public bool IsPath => Source.StartsWith('.') || Source.StartsWith('/') || Source.StartsWith('~');
}

/// <summary>A file of variables that a service takes.</summary>
/// <param name="Path">As it is written; it counts from the folder of the compose file.</param>
/// <param name="IsRequired">Whether the service does not start without it.</param>
/// <param name="Origin">Where it is.</param>
public sealed record ComposeEnvFile(string Path, bool IsRequired, Origin Origin);

/// <summary>One service of a compose file. What a variable leaves open is unknown, and not part of a list.</summary>
public sealed class ComposeService
{
    internal ComposeService(Setting setting)
    {
        Settings = setting;
        Variables = ComposeReading.Variables(this["environment"]);
        EnvFiles = ComposeReading.EnvFiles(this["env_file"]);
        Ports = ComposeReading.Ports(this["ports"]);
        Volumes = ComposeReading.Volumes(this["volumes"]);
        Command = ComposeReading.Words(this["command"]);
        Entrypoint = ComposeReading.Words(this["entrypoint"]);
    }

    /// <summary>Its name.</summary>
    public string Name => Settings.Name;

    /// <summary>Everything of it as settings.</summary>
    public Setting Settings { get; }

    /// <summary>The image with its tag.</summary>
    public Setting Image => this["image"];

    /// <summary>The user that it runs as.</summary>
    public Setting User => this["user"];

    /// <summary><c>host</c>, <c>none</c>, <c>service:NAME</c>.</summary>
    public Setting NetworkMode => this["network_mode"];

    /// <summary>The command's words, or null where it is unknown; empty where the image's own runs.</summary>
    public ImmutableArray<string>? Command { get; }

    /// <summary>The entry point's words, or null where it is unknown; empty where the image's own runs.</summary>
    public ImmutableArray<string>? Entrypoint { get; }

    /// <summary>The variables of <c>environment</c>, in both forms; the ones of files are not among them.</summary>
    public EnvironmentVariables Variables { get; }

    /// <summary>Files of variables; <c>environment</c> wins over them, later ones over earlier ones.</summary>
    public ImmutableArray<ComposeEnvFile> EnvFiles { get; }

    /// <summary>Published ports, short and long form.</summary>
    public ImmutableArray<ComposePort> Ports { get; }

    /// <summary>Mounts, short and long form.</summary>
    public ImmutableArray<ComposeVolume> Volumes { get; }

    /// <summary>A setting right below the service.</summary>
    public Setting this[string name] => Settings.Child(name) ?? new Setting
    {
        Path = Settings.Path.Add(name),
        Kind = Settings.IsPartial || Settings.IsUnknown ? SettingKind.Unknown : SettingKind.Missing,
        Reason = Settings.IsPartial || Settings.IsUnknown ? Settings.Reason ?? "a part of the service is not known" : null,
    };

    /// <summary>What the container starts with: the files of variables, and <c>environment</c> over them. A file that <paramref name="readFile"/> gives null for is remarked.</summary>
    /// <exception cref="ProblemException">A file cannot be read.</exception>
    public EnvironmentVariables Environment(Func<string, byte[]?> readFile, EnvironmentVariables? shell, out ImmutableArray<Remark> remarks)
    {
        var noted = ImmutableArray.CreateBuilder<Remark>();
        EnvironmentVariables all = EnvironmentVariables.Unknown;
        foreach (ComposeEnvFile file in EnvFiles)
        {
            if (readFile(file.Path) is { } bytes)
            {
                all = all.With(EnvFile.Read(bytes, file.Path, EnvSyntax.Compose, shell).Variables);
            }
            else
            {
                noted.Add(new Remark(RemarkKind.EnvironmentFile, file.Path, file.Origin));
            }
        }

        remarks = noted.ToImmutable();
        return all.With(Variables);
    }
}
