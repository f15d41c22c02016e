using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>One way in which a program is started: a process that runs, a unit, or a service of a compose file.</summary>
internal sealed record Launch
{
    /// <summary>The command line, the program first.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>The environment that it starts with, as far as it is known.</summary>
    public required EnvironmentVariables Environment { get; init; }

    /// <summary>Where it is said: <c>pid 812 (ipfs)</c>, a unit, a compose file.</summary>
    public required string Place { get; init; }

    /// <summary>The part of it that starts the program, where there are several: a service's name.</summary>
    public string? Part { get; init; }

    /// <summary>The line there, or 0.</summary>
    public int Line { get; init; }

    /// <summary>The process, where it runs.</summary>
    public ProcessFact? Process { get; init; }

    /// <summary>Where its <c>/</c> is on this host.</summary>
    public string Root { get; init; } = "";

    /// <summary>The home of its user, or null.</summary>
    public string? Home { get; init; }

    /// <summary>Its working directory in its own root, or null.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The image that it runs in, or null.</summary>
    public string? Image { get; init; }

    /// <summary>Folders of the container and where they lie on the host, the longest first.</summary>
    public ImmutableArray<(string Inside, string Outside)> Mounts { get; init; } = [];

    /// <summary>Ports of the container that a compose file opens to others; null where they cannot be told.</summary>
    public ImmutableArray<ComposePort>? Published { get; init; }

    /// <summary>Whether it is a service of a compose file: what its image sets by itself is then in force unless something says otherwise.</summary>
    public bool IsComposed => Image is not null && Process is null && Published is not null;

    /// <summary>Where a port of the container is opened to other hosts.</summary>
    public ImmutableArray<Evidence> Opened(int port) =>
    [
        .. (Published ?? []).Where(p => p.Protocol == "tcp" && p.Target == port.ToString(CultureInfo.InvariantCulture) && !(IPAddress.TryParse(p.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address)))
            .Select(static p => new Evidence(EvidenceKind.File, p.Origin.Source, $"ports: {p.Published}:{p.Target}", p.Origin.Line, p.Origin.Column)),
    ];

    /// <summary>Whether it is a process whose environment cannot be seen.</summary>
    public bool IsBlind => Process is { Environment: null };

    /// <summary>What of its environment could not be read, such as a file of variables; or null.</summary>
    public string? Gap { get; init; }

    /// <summary>Why a variable that was not found may be set all the same, or null.</summary>
    public string? WhyUnseen => IsBlind ? "the environment of the process cannot be seen" : Gap is null ? null : $"`{Gap}` cannot be read";

    /// <summary>The place with the part.</summary>
    public string Name => Part is null ? Place : $"{Place} ({Part})";

    /// <summary>Something of it as evidence.</summary>
    /// <param name="what">What was seen, without secrets.</param>
    public Evidence Show(string what) => Process is not null ? Shown.Of(Process, what) : new Evidence(EvidenceKind.File, Place, what, Line);

    /// <summary>Of a process.</summary>
    public static Launch Of(ProcessFact process, IHost host) => new()
    {
        Arguments = process.Arguments,
        Environment = process.Environment is null ? EnvironmentVariables.Unknown : EnvironmentVariables.Of(process.Place, process.Environment.OrderBy(static v => v.Key, StringComparer.Ordinal)),
        Place = process.Place,
        Process = process,
        Root = process.Root,
        Home = process.Environment?.GetValueOrDefault("HOME") ?? Homes.Read(host, process.Root).FirstOrDefault(home => home.User == process.User)?.Folder,
        WorkingDirectory = process.WorkingDirectory,
    };

    /// <summary>Of a unit or compose file that names the program and cannot be read.</summary>
    public static Launch Unread(string place, ProblemException fault, ServiceProgram program) => new()
    {
        Arguments = [program.Name, program.Command],
        Environment = EnvironmentVariables.Unknown,
        Gap = place,
        Place = place,
        Line = fault.Problem.Location?.Line ?? 0,
    };

    /// <summary>The configuration file that it uses as a path of this host; null where that cannot be told.</summary>
    public string? FileOf(ServiceProgram program)
    {
        if (CommandLine.Value(Arguments, program.FileOptions) is { } file)
        {
            return OnHost(file);
        }

        return FolderOf(program) is { } folder ? OnHost($"{folder.TrimEnd('/')}/{program.FileName}") : null;
    }

    private string? FolderOf(ServiceProgram program)
    {
        if (CommandLine.Value(Arguments, program.FolderOptions) is { } option)
        {
            return option;
        }

        if (Environment.Find(program.FolderVariable) is { } variable && variable.Value is not { Length: 0 })
        {
            return variable.Value;
        }

        return IsBlind ? null : Image is not null ? program.ImageFolder : Home is null ? null : $"{Home.TrimEnd('/')}/{program.HomeFolder}";
    }

    private string? OnHost(string path)
    {
        string? full = path.StartsWith('/') ? path
            : path.StartsWith("~/", StringComparison.Ordinal) ? Home is null ? null : Home + path[1..]
            : WorkingDirectory is null ? null : $"{WorkingDirectory.TrimEnd('/')}/{path}";
        if (full is null)
        {
            return null;
        }

        full = Path.GetFullPath(full);
        if (Image is not null && Process is null)
        {
            (string inside, string outside) = Mounts.FirstOrDefault(mount => full == mount.Inside || full.StartsWith(mount.Inside + "/", StringComparison.Ordinal));
            return inside is null ? null : outside + full[inside.Length..];
        }

        return Root + full;
    }
}
