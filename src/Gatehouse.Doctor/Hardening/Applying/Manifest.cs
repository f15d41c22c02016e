using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gatehouse.Doctor.Hardening.Applying;

/// <summary>What a backup holds. Written as JSON, mode 0600.</summary>
internal sealed record Manifest
{
    /// <summary>State while files are put in place.</summary>
    public const string Applying = "applying";

    /// <summary>State after it.</summary>
    public const string Applied = "applied";

    /// <summary>State after all was put back.</summary>
    public const string Undone = "undone";

    /// <summary>State of a run that failed and put everything back.</summary>
    public const string RolledBack = "rolled back";

    /// <summary>Form of this file.</summary>
    public int Version { get; set; } = 1;

    /// <summary>The system's word.</summary>
    public required string System { get; set; }

    /// <summary>Its main configuration file.</summary>
    public required string Subject { get; set; }

    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; set; }

    /// <summary>One of the states.</summary>
    public required string State { get; set; }

    /// <summary>The files.</summary>
    public required ImmutableArray<ManifestFile> Files { get; set; }
}

/// <summary>One file of a backup.</summary>
internal sealed record ManifestFile
{
    /// <summary>Where it belongs.</summary>
    public required string Path { get; set; }

    /// <summary>Its name in the backup folder, or null where there was no file.</summary>
    public string? Copy { get; set; }

    /// <summary>SHA-256 of the old bytes, or null.</summary>
    public string? OldHash { get; set; }

    /// <summary>Old rights; of no meaning where there was no file.</summary>
    public FileRights OldRights { get; set; }

    /// <summary>SHA-256 of the new bytes.</summary>
    public required string NewHash { get; set; }

    /// <summary>New rights.</summary>
    public FileRights NewRights { get; set; }

    /// <summary>The hash as it stands here.</summary>
    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

/// <summary>Serializer of manifests.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
