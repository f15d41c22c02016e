using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>Programs that run, with the file that they really use.</summary>
internal static class ProcessCandidates
{
    /// <summary>Those of one kind.</summary>
    public static IEnumerable<Candidate> Find(IHost host, ExaminationRequest request, ProgramKind kind)
    {
        foreach (ProcessFact process in host.Processes.Where(kind.IsIt))
        {
            Candidate found = Of(host, kind, process);
            if (request.Wants(found.MainFile ?? found.Name))
            {
                yield return found;
            }
        }
    }

    private static Candidate Of(IHost host, ProgramKind kind, ProcessFact process)
    {
        string? home = PropertyOf(process, kind.HomeProperty);
        (string? file, string? folder) = FileOf(host, kind, process, home);
        ImmutableArray<ProcessFact> sources = [process, .. LaunchersOf(host, kind, process, folder)];
        bool isSeen = file is not null && host.Look(process.Root + file) is not null;
        return new Candidate
        {
            Name = file is null ? process.Place : process.Root + file,
            Program = kind.Program,
            MainFile = file is null ? null : process.Root + file,
            Folder = folder is null ? null : process.Root + folder,
            Home = process.Root + (home ?? $"/usr/share/{kind.Program}"),
            Root = process.Root,
            Process = process,
            Environment = process.Environment is { } environment ? EnvironmentVariables.Of(process.Place, environment) : EnvironmentVariables.Unknown,
            Arguments = [.. sources.SelectMany(source => ArgumentsOf(kind, source))],
            IsImage = process.Root.Length > 0,
            Why = file is null ? "its process does not show where its configuration is"
                : !isSeen && process.Root.Length > 0 && process.Environment is null ? "it runs in a container that this user may not look into"
                : null,
        };
    }

    // What it was told comes first; then where packages, archives and images put it.
    private static (string? File, string? Folder) FileOf(IHost host, ProgramKind kind, ProcessFact process, string? home)
    {
        if (OptionOf(process, kind.FileOptions) is { } named)
        {
            string? file = Absolute(process, named);
            return (file, file is null ? null : Path.GetDirectoryName(file));
        }

        string? folder = OptionOf(process, kind.FolderOptions) ?? PropertyOf(process, kind.FolderProperty)
            ?? (kind.FolderVariable is { } variable ? process.Environment?.GetValueOrDefault(variable) : null)
            ?? LauncherFolder(host, kind, process);
        if (folder is not null)
        {
            folder = Absolute(process, folder);
            return (folder is null ? null : $"{folder.TrimEnd('/')}/{kind.File}", folder);
        }

        IEnumerable<string> usual = home is null ? kind.Folders : [$"{home}/config", home, .. kind.Folders];
        folder = usual.FirstOrDefault(place => host.Look($"{process.Root}{place}/{kind.File}") is not null);
        return folder is not null ? ($"{folder}/{kind.File}", folder)
            : process.Environment is null ? (null, null)
            : ($"{kind.Folders[0]}/{kind.File}", kind.Folders[0]);
    }

    private static string? Absolute(ProcessFact process, string path) =>
        path.StartsWith('/') ? Path.GetFullPath(path)
        : process.WorkingDirectory is { } here ? Path.GetFullPath(Path.Combine(here.StartsWith(process.Root, StringComparison.Ordinal) ? here[process.Root.Length..] : here, path))
        : null;

    private static string? PropertyOf(ProcessFact process, string? start) =>
        start is null ? null : process.Arguments.LastOrDefault(a => a.StartsWith(start, StringComparison.Ordinal))?[start.Length..];

    private static string? OptionOf(ProcessFact process, ImmutableArray<string> names)
    {
        for (int i = 1; i < process.Arguments.Length; i++)
        {
            string word = process.Arguments[i];
            foreach (string name in names)
            {
                if (word == name && i + 1 < process.Arguments.Length)
                {
                    return process.Arguments[i + 1];
                }

                if (word.StartsWith(name + "=", StringComparison.Ordinal))
                {
                    return word[(name.Length + 1)..];
                }
            }
        }

        return null;
    }

    // From version 8 on a small program of Java starts the node and hands settings of its command line on where nobody sees them.
    private static IEnumerable<ProcessFact> Launchers(IHost host, ProcessFact process) =>
        host.Processes.Where(p => p.Id != process.Id && p.Root == process.Root && p.Arguments.Contains("-Dcli.name=server"));

    private static IEnumerable<ProcessFact> LaunchersOf(IHost host, ProgramKind kind, ProcessFact process, string? folder) =>
        kind.FolderProperty is null ? [] : Launchers(host, process).Where(p => PropertyOf(p, kind.FolderProperty) == folder);

    private static string? LauncherFolder(IHost host, ProgramKind kind, ProcessFact process)
    {
        if (kind.FolderProperty is null)
        {
            return null;
        }

        string[] folders = [.. Launchers(host, process).Where(p => p.User == process.User).Select(p => PropertyOf(p, kind.FolderProperty)).OfType<string>().Distinct(StringComparer.Ordinal)];
        return folders is [string one] ? one : null;
    }

    private static IEnumerable<Setting> ArgumentsOf(ProgramKind kind, ProcessFact process) => CommandLine.Settings(process.Arguments.AsSpan()[1..].ToArray(), kind.HasLongSettings, process.Place, 0);
}
