using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>A program that was found, before its settings are read.</summary>
internal sealed record Candidate
{
    /// <summary>Which one: the file, or what stands for it.</summary>
    public required string Name { get; init; }

    /// <summary>The name of the program's folder and files: <c>elasticsearch</c>, <c>opensearch-dashboards</c>, <c>filebeat</c>.</summary>
    public required string Program { get; init; }

    /// <summary>Its main file as it is reached from here, or null where there is none or its place is not known.</summary>
    public string? MainFile { get; init; }

    /// <summary>The folder of its configuration as it is reached from here, or null.</summary>
    public string? Folder { get; init; }

    /// <summary>Its program's folder as it is reached from here, or null.</summary>
    public string? Home { get; init; }

    /// <summary>Where its <c>/</c> is on this host.</summary>
    public string Root { get; init; } = "";

    /// <summary>Its process, or null.</summary>
    public ProcessFact? Process { get; init; }

    /// <summary>Variables that it starts with.</summary>
    public EnvironmentVariables Environment { get; init; } = EnvironmentVariables.Unknown;

    /// <summary>Settings of its command line.</summary>
    public ImmutableArray<Setting> Arguments { get; init; } = [];

    /// <summary>Whether it is a container image.</summary>
    public bool IsImage { get; init; }

    /// <summary>The image's version, or null.</summary>
    public string? ImageVersion { get; init; }

    /// <summary><c>oss</c> for an image without Elastic's own modules, or null.</summary>
    public string? Flavour { get; init; }

    /// <summary>The user that a unit or compose file gives it, or null.</summary>
    public Setting? User { get; init; }

    /// <summary>What a compose file mounts, or default.</summary>
    public ImmutableArray<Mount> Mounts { get; init; }

    /// <summary>The folder of its configuration as a container of a compose file sees it, or null.</summary>
    public string? Inside { get; init; }

    /// <summary>Ports that a compose file publishes, or null.</summary>
    public ImmutableArray<PublishedPort>? Published { get; init; }

    /// <summary>Why nothing can be told of its files, or null.</summary>
    public string? Why { get; init; }

    /// <summary>What is seen of it.</summary>
    public ImmutableArray<string> Layers => [.. MainFile is null ? [] : (string[])["file"], .. Process is null ? [] : (string[])["process"]];
}
