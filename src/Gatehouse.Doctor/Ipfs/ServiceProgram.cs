using System.Collections.Immutable;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>How one of the two programs is called, and where it keeps its files.</summary>
internal sealed record ServiceProgram
{
    /// <summary>The program's file: <c>ipfs</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The command that makes it a service.</summary>
    public string Command { get; init; } = "daemon";

    /// <summary>Its configuration file, in its folder.</summary>
    public required string FileName { get; init; }

    /// <summary>What stands in every configuration file of it, which tells it from other files.</summary>
    public required string Marker { get; init; }

    /// <summary>Whether a file of this name is surely one of it.</summary>
    public bool IsNameEnough { get; init; }

    /// <summary>The variable that says its folder.</summary>
    public required string FolderVariable { get; init; }

    /// <summary>The options that say its folder.</summary>
    public required ImmutableArray<string> FolderOptions { get; init; }

    /// <summary>The options that say its configuration file.</summary>
    public ImmutableArray<string> FileOptions { get; init; } = [];

    /// <summary>Its folder in a home.</summary>
    public required string HomeFolder { get; init; }

    /// <summary>Its folder in its container images.</summary>
    public required string ImageFolder { get; init; }

    /// <summary>Its images, without registry and tag: <c>ipfs/kubo</c>.</summary>
    public required ImmutableArray<string> Images { get; init; }

    /// <summary>Other folders where installations are put.</summary>
    public required ImmutableArray<string> UsualFolders { get; init; }

    /// <summary>Whether a command line starts it as a service.</summary>
    public bool IsStarted(ImmutableArray<string> arguments) =>
        arguments.Length > 1 && Path.GetFileName(arguments[0]) == Name && arguments.Skip(1).Contains(Command);

    /// <summary>Whether an image holds it.</summary>
    public bool IsIn(string? image)
    {
        string name = (image ?? "").Split('@')[0];
        int tag = name.IndexOf(':', name.LastIndexOf('/') + 1);
        name = tag < 0 ? name : name[..tag];
        return Images.Any(known => name == known || name.EndsWith("/" + known, StringComparison.Ordinal));
    }
}
