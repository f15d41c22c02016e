using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>A program of the stack as it was found: its settings, its environment, its folder.</summary>
internal abstract class ElasticSubject : Subject
{
    /// <inheritdoc/>
    public override IEnumerable<BlindSpot> Blind => Settings.Unread is { } unread ? [unread] : [];

    /// <inheritdoc/>
    public override IEnumerable<string> Used =>
        [.. Environment.All.Select(static variable => variable.Origin.Source), .. Settings.Sources, .. new[] { MainFile, User?.Origin?.Source }.OfType<string>()];

    /// <summary>What is in force.</summary>
    public required LayeredSettings Settings { get; init; }

    /// <summary>Variables that it starts with, as far as they are known.</summary>
    public EnvironmentVariables Environment { get; init; } = EnvironmentVariables.Unknown;

    /// <summary>Its main configuration file, or null where none was found.</summary>
    public string? MainFile { get; init; }

    /// <summary>The folder of its configuration as it is reached from here, or null.</summary>
    public string? Folder { get; init; }

    /// <summary>Where the program's <c>/</c> is on this host.</summary>
    public string Root { get; init; } = "";

    /// <summary>Whether it is a container image that takes settings from its environment and listens on every address by default.</summary>
    public bool IsImage { get; init; }

    /// <summary>The user that a unit or compose file gives it, or null.</summary>
    public Setting? User { get; init; }

    /// <summary>What a compose file mounts, or default.</summary>
    public ImmutableArray<Mount> Mounts { get; init; }

    /// <summary>The folder of its configuration as a container of a compose file sees it, or null.</summary>
    public string? Inside { get; init; }

    /// <summary>Ports that a compose file publishes, or null where there is none.</summary>
    public ImmutableArray<PublishedPort>? Published { get; init; }

    /// <summary>That nothing sets a path, as evidence.</summary>
    public Evidence Absent(string path) =>
        MainFile is null && Process is not null
            ? Shown.Of(Process, $"{path}: (not set)")
            : new Evidence(EvidenceKind.File, MainFile ?? Name, $"{path}: (not set)");

    /// <summary>Where a setting stands, or that it does not.</summary>
    public ImmutableArray<Evidence> Stands(Setting setting) => setting.Origin is null ? [Absent(setting.Path.ToString())] : Shown.All(setting);

    /// <summary>A path of the program as it is reached from here; relative ones lie in the configuration folder. Null where that is not known.</summary>
    public string? Locate(string path)
    {
        if (!Mounts.IsDefault)
        {
            return Inside is null ? null : Mount.Find(Mounts, Path.GetFullPath(Path.Combine(Inside, path)));
        }

        return path.StartsWith('/') ? Root + path
            : Folder is null ? null
            : Path.GetFullPath(Path.Combine(Folder, path));
    }
}

/// <summary>A port of a container that a compose file publishes.</summary>
/// <param name="Port">The container's port, or 0 where it is not known.</param>
/// <param name="Address">The host's address that it is bound to; empty for all.</param>
/// <param name="Evidence">Where that is said.</param>
internal sealed record PublishedPort(int Port, string Address, Evidence Evidence);
