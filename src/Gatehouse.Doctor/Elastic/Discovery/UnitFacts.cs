using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>What a unit of systemd starts a program with that does not run now.</summary>
/// <param name="Environment">Its variables.</param>
/// <param name="Arguments">Settings of its command line.</param>
/// <param name="User">Its user, or null.</param>
internal sealed record UnitFacts(EnvironmentVariables Environment, ImmutableArray<Setting> Arguments, Setting? User)
{
    private static readonly UnitFacts None = new(EnvironmentVariables.Unknown, [], null);

    // The first place wins for a unit and for a drop-in of the same name.
    private static readonly string[] Places = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    /// <summary>Those of the unit that uses a folder of configuration; nothing where there is none, or it uses another one.</summary>
    /// <param name="host">Where.</param>
    /// <param name="kind">Which program.</param>
    /// <param name="root">What stands before paths of the host that the file is of.</param>
    /// <param name="folder">The folder without that.</param>
    /// <param name="named">Units that were named beside the file: the one of the program is its own, whatever folder it uses.</param>
    public static UnitFacts Read(IHost host, ProgramKind kind, string root, string folder, IEnumerable<string> named)
    {
        string name = $"{kind.Program}.service";
        try
        {
            UnitFile? own = named.Where(path => Path.GetFileName(path) == name).Select(path => Unit(host, path)).FirstOrDefault(static u => u is not null);
            UnitFile? unit = own ?? Places.Select(place => Unit(host, $"{root}{place}/{name}")).FirstOrDefault(static u => u is not null);
            if (unit is null)
            {
                return None;
            }

            var dropIns = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (string place in Places.Select(place => $"{root}{place}/{name}.d"))
            {
                foreach (string file in host.List(place).Where(static f => f.EndsWith(".conf", StringComparison.Ordinal)))
                {
                    dropIns.TryAdd(file, $"{place}/{file}");
                }
            }

            var settings = UnitSettings.Of(unit, dropIns.Values.Select(path => Unit(host, path)).OfType<UnitFile>());
            EnvironmentVariables environment = settings.Environment(path => host.Read(root + path).Bytes, out _);
            string used = kind.FolderVariable is { } variable && environment.Find(variable)?.Value is { Length: > 0 } value ? value.TrimEnd('/') : kind.Folders[0];
            return own is null && used != folder ? None : new UnitFacts(
                environment,
                [.. settings.Commands("ExecStart").SelectMany(c => CommandLine.Settings(c.Words, kind.HasLongSettings, c.Origin.Source, c.Origin.Line))],
                settings.Settings["Service.User"]);
        }
        catch (ProblemException)
        {
            // A unit that cannot be understood changes nothing that is known of the file.
            return None;
        }
    }

    private static UnitFile? Unit(IHost host, string path) => host.Read(path).Bytes is { } bytes ? UnitFile.Read(bytes, path) : null;
}
