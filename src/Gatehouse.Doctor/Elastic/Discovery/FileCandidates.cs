using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>Programs whose files lie there, running or not: named files and folders, or the usual places.</summary>
internal static class FileCandidates
{
    /// <summary>Those of one kind that no process uses.</summary>
    public static IEnumerable<Candidate> Find(IHost host, ExaminationRequest request, ProgramKind kind, IReadOnlyCollection<string> used)
    {
        IEnumerable<string> files = request.Files.IsEmpty
            ? kind.Folders.Select(folder => $"{folder}/{kind.File}")
            : request.Files.SelectMany(named => Named(host, named.Length > 1 ? named.TrimEnd('/') : named, kind));
        return files.Distinct(StringComparer.Ordinal).Where(file => !used.Contains(file) && host.Look(file) is { Status.IsFolder: false }).Select(file => Of(host, request, kind, file));
    }

    private static IEnumerable<string> Named(IHost host, string named, ProgramKind kind)
    {
        if (host.Look(named) is not { Status.IsFolder: true })
        {
            return Path.GetFileName(named) == kind.File ? [named] : [];
        }

        return host.Below(named).Select(folder => $"{folder}/{kind.File}");
    }

    private static Candidate Of(IHost host, ExaminationRequest request, ProgramKind kind, string file)
    {
        string folder = Path.GetDirectoryName(file) ?? "/";
        string root = RootOf(kind, folder);
        UnitFacts unit = UnitFacts.Read(host, kind, root, folder[root.Length..], request.Files);
        return new Candidate
        {
            Name = file,
            Program = kind.Program,
            MainFile = file,
            Folder = folder,
            Home = HomeOf(host, kind, folder),
            Root = root,
            Environment = unit.Environment,
            Arguments = unit.Arguments,
            User = unit.User,
        };
    }

    // Packages keep program and configuration apart, archives side by side.
    private static string? HomeOf(IHost host, ProgramKind kind, string folder)
    {
        string[] homes = folder.EndsWith("/config", StringComparison.Ordinal)
            ? [folder[..^"/config".Length]]
            : folder.EndsWith($"/etc/{kind.Program}", StringComparison.Ordinal) ? [$"{RootOf(kind, folder)}/usr/share/{kind.Program}"] : [folder];
        return homes.FirstOrDefault(home => host.Look($"{home}/lib") is not null || host.Look($"{home}/plugins") is not null || host.Look($"{home}/bin") is not null);
    }

    private static string RootOf(ProgramKind kind, string folder)
    {
        string? usual = kind.Folders.FirstOrDefault(place => folder.EndsWith(place, StringComparison.Ordinal));
        return usual is null ? "" : folder[..^usual.Length];
    }
}
