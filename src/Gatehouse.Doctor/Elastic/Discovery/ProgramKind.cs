using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>How one kind of program is recognised, and where it keeps its configuration.</summary>
internal sealed record ProgramKind
{
    /// <summary>Its name: of its folders under <c>/etc</c> and <c>/usr/share</c>, of its unit, of its image.</summary>
    public required string Program { get; init; }

    /// <summary>Its main file: <c>elasticsearch.yml</c>.</summary>
    public required string File { get; init; }

    /// <summary>The variable that names its folder of configuration, or null.</summary>
    public string? FolderVariable { get; init; }

    /// <summary>The property of Java that names its folder of configuration, or null.</summary>
    public string? FolderProperty { get; init; }

    /// <summary>The property of Java that names the program's folder, or null.</summary>
    public string? HomeProperty { get; init; }

    /// <summary>Whether a process is one.</summary>
    public required Func<ProcessFact, bool> IsIt { get; init; }

    /// <summary>Options of the command line whose value is the folder, and such whose value is the file.</summary>
    public ImmutableArray<string> FolderOptions { get; init; } = [];

    /// <inheritdoc cref="FolderOptions"/>
    public ImmutableArray<string> FileOptions { get; init; } = [];

    /// <summary>Whether a setting stands on the command line as <c>--name=value</c> instead of <c>-Ename=value</c>.</summary>
    public bool HasLongSettings { get; init; }

    /// <summary>Folders where packages, archives and images keep the file.</summary>
    public ImmutableArray<string> Folders => [$"/etc/{Program}", $"/usr/share/{Program}/config", $"/usr/share/{Program}", $"/opt/{Program}/config", $"/opt/{Program}"];

    /// <summary>Folders where images keep the file.</summary>
    public ImmutableArray<string> Places => [$"/usr/share/{Program}/config", $"/usr/share/{Program}"];

    /// <summary>A node of Elasticsearch or OpenSearch.</summary>
    public static ProgramKind Node(string program, string mainClass, string prefix, string variable) => new()
    {
        Program = program,
        File = $"{program}.yml",
        FolderVariable = variable,
        FolderProperty = $"-D{prefix}.path.conf=",
        HomeProperty = $"-D{prefix}.path.home=",
        IsIt = process => process.Arguments.Any(a => a == mainClass || a.EndsWith("/" + mainClass, StringComparison.Ordinal)),
    };

    /// <summary>Kibana or OpenSearch Dashboards: a program of Node.js.</summary>
    public static ProgramKind Console(string program, string file, string variable) => new()
    {
        Program = program,
        File = file,
        FolderVariable = variable,
        FileOptions = ["-c", "--config"],
        HasLongSettings = true,
        IsIt = process => process.Arguments.Any(a => a.Contains("/src/cli", StringComparison.Ordinal) && a.Contains(program, StringComparison.Ordinal)),
    };

    /// <summary>A Beat.</summary>
    public static ProgramKind Beat(string program) => new()
    {
        Program = program,
        File = $"{program}.yml",
        FileOptions = ["-c", "--c"],
        FolderOptions = ["-path.config", "--path.config"],
        IsIt = process => Path.GetFileName(process.Arguments.FirstOrDefault() ?? "") == program || process.Name == program,
    };
}
