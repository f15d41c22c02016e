using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Hardening;

/// <summary>What hardening one installation comes to. Nothing of it is done yet.</summary>
public sealed record HardenPlan
{
    /// <summary>The system's word: <c>ipfs-cluster</c>.</summary>
    public required string System { get; init; }

    /// <summary>Its main configuration file.</summary>
    public required string Subject { get; init; }

    /// <summary>Who runs it, and must read the files.</summary>
    public required ServiceAccount Account { get; init; }

    /// <summary>Every file that the hardened system needs, those that are right already among them.</summary>
    public required ImmutableArray<FileChange> Files { get; init; }

    /// <summary>Certificates that are still to be issued.</summary>
    public ImmutableArray<CertificateWish> Certificates { get; init; } = [];

    /// <summary>Secrets that were made, by name and place; never the values.</summary>
    public ImmutableArray<string> Made { get; init; } = [];

    /// <summary>What the administrator does by hand, in this order.</summary>
    public ImmutableArray<string> Steps { get; init; } = [];

    /// <summary>What stays open, or may surprise.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>Where something else, such as the environment, takes back what the files say.</summary>
    public ImmutableArray<string> Overrides { get; init; } = [];

    /// <summary>Files that differ from what they shall be.</summary>
    public IEnumerable<FileChange> Changes => Files.Where(static file => file.IsChange);

    /// <summary>Whether everything is as it shall be.</summary>
    public bool IsDone => Certificates.IsEmpty && !Changes.Any();
}

/// <summary>Whose a file is and who may do what with it.</summary>
/// <param name="Mode">Permission bits.</param>
/// <param name="Owner">Number of the user.</param>
/// <param name="Group">Number of the group.</param>
[method: JsonConstructor]
public readonly record struct FileRights(int Mode, uint Owner, uint Group)
{
    /// <summary>Four octal digits: <c>0640</c>.</summary>
    [JsonIgnore]
    public string Octal => Convert.ToString(Mode, 8).PadLeft(4, '0');

    /// <summary>As a file has them.</summary>
    public static FileRights Of(FileStatus status) => new(status.Mode, status.Owner, status.Group);
}

/// <summary>A file as it is and as it shall be. It may hold secrets: only <see cref="OldLines"/> and <see cref="NewLines"/> are for people.</summary>
public sealed record FileChange
{
    /// <summary>Its absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Its bytes, or null where there is no such file.</summary>
    public byte[]? Old { get; init; }

    /// <summary>Its rights, or null where there is no such file.</summary>
    public FileRights? OldRights { get; init; }

    /// <summary>The bytes that it shall have.</summary>
    public required byte[] New { get; init; }

    /// <summary>The rights that it shall have.</summary>
    public required FileRights Rights { get; init; }

    /// <summary>Its lines now, secrets masked; null where it is nothing but a secret.</summary>
    public ImmutableArray<string>? OldLines { get; init; }

    /// <summary>Its lines then, secrets masked; null where it is nothing but a secret.</summary>
    public ImmutableArray<string>? NewLines { get; init; }

    /// <summary>Whether the service must read it; false for what is meant for somebody else, such as the gate.</summary>
    public bool IsForService { get; init; } = true;

    /// <summary>Whether its bytes change.</summary>
    public bool IsContentChange => Old is null || !Old.AsSpan().SequenceEqual(New);

    /// <summary>Whether anything of it changes.</summary>
    public bool IsChange => IsContentChange || OldRights != Rights;

    /// <summary>Its path and no content.</summary>
    public override string ToString() => Path;
}
