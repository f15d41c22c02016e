using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Units of systemd that start a program, whether it runs or not: the next start is theirs.</summary>
internal static class UnitLaunches
{
    // The first one that has a unit wins (systemd.unit, "Unit File Load Path").
    private static readonly string[] Folders = ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    /// <summary>All of them: of the usual folders, and units that were named.</summary>
    public static IEnumerable<Launch> Find(IHost host, ExaminationRequest request, ServiceProgram program)
    {
        IEnumerable<string> usual = Folders.SelectMany(folder => host.List(folder).Where(IsService).Select(name => $"{folder}/{name}"));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in request.Files.Where(IsService).Concat(usual))
        {
            if (seen.Add(Path.GetFileName(path)) && host.Read(path).Bytes is { } bytes && bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(program.Name)) >= 0)
            {
                foreach (Launch launch in Read(host, path, bytes, program))
                {
                    yield return launch;
                }
            }
        }
    }

    private static bool IsService(string path) => path.EndsWith(".service", StringComparison.Ordinal);

    private static ImmutableArray<Launch> Read(IHost host, string path, byte[] bytes, ServiceProgram program)
    {
        try
        {
            var unit = UnitSettings.Of(UnitFile.Read(bytes, path), DropIns(host, path));
            var environment = StartEnvironment.Read(host, path, read => (unit.Environment(read, out ImmutableArray<Remark> remarks), remarks));
            return [.. unit.Commands("ExecStart").Select(command => Make(host, unit, command, environment, program)).OfType<Launch>()];
        }
        catch (ProblemException fault)
        {
            return [Launch.Unread(path, fault, program)]; // systemd passes over lines that it does not understand
        }
    }

    private static IEnumerable<UnitFile> DropIns(IHost host, string path)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string folder in Folders.Append(Path.GetDirectoryName(path) ?? "").Distinct(StringComparer.Ordinal).Select(folder => $"{folder}/{Path.GetFileName(path)}.d"))
        {
            foreach (string name in host.List(folder).Where(static name => name.EndsWith(".conf", StringComparison.Ordinal)))
            {
                found.TryAdd(name, $"{folder}/{name}");
            }
        }

        return found.Values.Select(file => (File: file, host.Read(file).Bytes)).Where(static f => f.Bytes is not null).Select(static f => UnitFile.Read(f.Bytes, f.File));
    }

    private static Launch? Make(IHost host, UnitSettings unit, UnitCommand command, StartEnvironment start, ServiceProgram program)
    {
        EnvironmentVariables environment = start.Variables;
        int at = command.Words.IndexOf(command.Words.FirstOrDefault(word => Path.GetFileName(word) == program.Name) ?? "");
        ImmutableArray<string> arguments = at < 0 ? [] : [.. command.Words[at..].Select(word => Expand(word, environment))];
        if (!program.IsStarted(arguments))
        {
            return null;
        }

        string user = unit.Settings["Service.User"].Text ?? "root";
        string? home = user == "root" ? "/root" : Homes.Read(host).FirstOrDefault(h => h.Name == user)?.Folder;
        string folder = unit.Settings["Service.WorkingDirectory"].Text ?? "/";
        return new Launch
        {
            Arguments = arguments,
            Environment = EnvironmentVariables.Of(environment.All.Select(static v => v with { Value = v.Value is null ? null : Specified(v.Value) })),
            Gap = start.Gap,
            Place = command.Origin.Source,
            Line = command.Origin.Line,
            Home = environment.Find("HOME")?.Value ?? home,
            WorkingDirectory = folder == "~" ? home : folder.TrimStart('-'),
        };
    }

    // `$NAME` and `${NAME}` as a word or in one; what is not known stays as it is.
    private static string Expand(string word, EnvironmentVariables environment)
    {
        string text = Specified(word);
        foreach (EnvironmentVariable variable in environment.All)
        {
            if (variable.Value is { } value)
            {
                text = text == "$" + variable.Name ? value : text.Replace($"${{{variable.Name}}}", value, StringComparison.Ordinal);
            }
        }

        return text;
    }

    // The one specifier that stands in paths: the home of the manager's user, which is root for the system's.
    private static string Specified(string text) => text.Replace("%h", "/root", StringComparison.Ordinal).Replace("%%", "%", StringComparison.Ordinal);
}
