using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>One installation: its configuration file, and what starts it.</summary>
/// <param name="File">The file as a path of this host, or null where it cannot be told.</param>
/// <param name="Launches">What starts it, a process first; empty where nothing was found.</param>
internal sealed record Installation(string? File, ImmutableArray<Launch> Launches)
{
    /// <summary>The process, where one runs.</summary>
    public ProcessFact? Process => Launches.FirstOrDefault(static l => l.Process is not null)?.Process;

    /// <summary>The file, or what starts it.</summary>
    public string Name => File ?? Launches[0].Name;

    /// <summary>The version that the program's path or its image names, or null.</summary>
    public string? Version => Launches.SelectMany(static l => new[] { l.Process?.Executable, l.Image, l.Arguments.FirstOrDefault() }).Select(ReleaseName.VersionIn).FirstOrDefault(static v => v is not null);

    /// <summary>What could be seen of it.</summary>
    /// <param name="isRead">Whether the file could be read.</param>
    public ImmutableArray<string> Layers(bool isRead) => [.. isRead ? ["file"] : Array.Empty<string>(), .. Process is null ? Array.Empty<string>() : ["process"]];
}

/// <summary>Finds installations of a program: what runs, what would be started, what was named, and what lies in the usual places.</summary>
internal static class Installations
{
    /// <summary>All of them, each file once.</summary>
    public static ImmutableArray<Installation> Find(IHost host, ExaminationRequest request, ServiceProgram program)
    {
        var found = new List<Installation>();
        foreach (Launch launch in Launches.Find(host, request, program))
        {
            string? file = launch.FileOf(program);
            if (request.Files.IsEmpty || Launches.IsNamed(launch, request) || (file is not null && request.Wants(file)))
            {
                Add(found, file, launch);
            }
        }

        foreach (string file in request.Files.IsEmpty ? Usual(host, program) : request.Files.SelectMany(path => Named(host, path, program)))
        {
            Add(found, file, null);
        }

        return [.. found];
    }

    private static void Add(List<Installation> found, string? file, Launch? launch)
    {
        int at = file is null ? -1 : found.FindIndex(i => i.File == file);
        if (at < 0)
        {
            found.Add(new Installation(file, launch is null ? [] : [launch]));
        }
        else if (launch is not null)
        {
            found[at] = found[at] with { Launches = [.. found[at].Launches.Append(launch).OrderBy(static l => l.Process is null)] };
        }
    }

    private static IEnumerable<string> Usual(IHost host, ServiceProgram program) =>
        Homes.Read(host).Select(home => $"{home.Folder.TrimEnd('/')}/{program.HomeFolder}").Concat(program.UsualFolders).Distinct(StringComparer.Ordinal)
            .Select(folder => $"{folder}/{program.FileName}").Where(file => host.Look(file) is { Status.IsFile: true });

    // A file by its name; a folder, or folders in it (as the project's own compose file keeps one for each peer), that hold one.
    private static IEnumerable<string> Named(IHost host, string path, ServiceProgram program)
    {
        string plain = path.Length > 1 ? path.TrimEnd('/') : path;
        if (host.Look(plain) is not { Status.IsFolder: true })
        {
            return IsOf(host, plain, program) ? [plain] : [];
        }

        return host.Below(plain).Select(folder => $"{folder}/{program.FileName}").Where(file => host.Look(file) is { Status.IsFile: true } && IsOf(host, file, program));
    }

    private static bool IsOf(IHost host, string file, ServiceProgram program)
    {
        bool isItsName = Path.GetFileName(file) == program.FileName;
        if (isItsName && program.IsNameEnough)
        {
            return true;
        }

        FileContent content = host.Read(file);
        return content.Bytes is null ? isItsName : content.Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(program.Marker)) >= 0;
    }
}
