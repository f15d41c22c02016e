using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Erlang;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>What an installation that does not run would be started with.</summary>
/// <param name="Environment">Variables of its unit and of the files beside it.</param>
/// <param name="User">The user of its unit, or null where there is no unit.</param>
/// <param name="Lost">Files of variables that are there and cannot be read.</param>
internal sealed record StartFacts(EnvironmentVariables Environment, Setting? User, IReadOnlyList<EmqxFile> Lost)
{
    private const string Unit = "emqx.service";
    private static readonly string[] Folders = ["/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system"];

    /// <summary>Nothing is known.</summary>
    public static StartFacts None { get; } = new(EnvironmentVariables.Unknown, null, []);

    /// <summary>Of units and env files; a unit that was named is the unit.</summary>
    /// <param name="host">What can be seen.</param>
    /// <param name="places">Where it lies.</param>
    /// <param name="named">A unit that was named, or null.</param>
    /// <param name="readsEnvFile">Whether its start script reads <c>emqx.env</c>, whose variables are stronger than those that it is started with (6.3, emqx/emqx#18451).</param>
    public static StartFacts OfFiles(IHost host, EmqxPlaces places, string? named, bool readsEnvFile)
    {
        var lost = new List<EmqxFile>();
        EnvironmentVariables environment = EnvironmentVariables.Unknown;
        EnvironmentVariables own = readsEnvFile ? Variables(host, places.InEtc("emqx.env"), lost) : environment;
        if (UnitOf(host, places, named, lost) is not { } unit)
        {
            return new StartFacts(own, null, lost);
        }

        try
        {
            environment = environment.With(unit.Environment(path => host.Read(places.Prefix + path).Bytes, out ImmutableArray<Remark> remarks));
            lost.AddRange(remarks.Where(r => host.Look(places.Prefix + r.Subject) is not null).Select(r => new EmqxFile(places.Prefix + r.Subject, "a file of variables", "this user may not read it")));
        }
        catch (ProblemException fault)
        {
            lost.Add(new EmqxFile(places.Prefix + "/etc/systemd/system/" + Unit, "a file of variables", fault.Problem.ToString()));
        }

        return new StartFacts(environment.With(own), UserOf(unit), lost);
    }

    /// <summary>Of <c>vm.args</c>.</summary>
    public static ErlangFlags Flags(IHost host, EmqxPlaces places) =>
        Read(host, places.InEtc("vm.args"), "vm.args", [], static (bytes, path) => VmArgsFile.Read(bytes, path)) is { } file ? ErlangFlags.Of(file.Settings) : ErlangFlags.None;

    private static EnvironmentVariables Variables(IHost host, string path, List<EmqxFile> lost) =>
        Read(host, path, "emqx.env", lost, static (bytes, source) => EnvFile.Read(bytes, source, EnvSyntax.Systemd))?.Variables ?? EnvironmentVariables.Unknown;

    private static UnitSettings? UnitOf(IHost host, EmqxPlaces places, string? named, List<EmqxFile> lost)
    {
        // The strongest folder has the unit; drop-ins of all count, in the order of their names.
        UnitFile? own = named is null ? null : UnitAt(host, named, lost);
        UnitFile? unit = own ?? Enumerable.Reverse(Folders).Select(folder => UnitAt(host, $"{places.Prefix}{folder}/{Unit}", lost)).FirstOrDefault(static u => u is not null);
        bool isItsOwn = unit is not null && (own is not null || places.Etc == "/etc/emqx" || unit.Text.Contains(places.Root + "/", StringComparison.Ordinal));
        if (!isItsOwn)
        {
            return null;
        }

        IEnumerable<UnitFile> dropIns = Folders.SelectMany(folder => host.List($"{places.Prefix}{folder}/{Unit}.d").Select(name => (Name: name, Path: $"{places.Prefix}{folder}/{Unit}.d/{name}")))
            .Where(static d => d.Name.EndsWith(".conf", StringComparison.Ordinal)).OrderBy(static d => d.Name, StringComparer.Ordinal)
            .Select(d => UnitAt(host, d.Path, lost)).OfType<UnitFile>();
        return UnitSettings.Of(unit!, dropIns); // there: see above
    }

    private static UnitFile? UnitAt(IHost host, string path, List<EmqxFile> lost) => Read(host, path, "the unit", lost, static (bytes, source) => UnitFile.Read(bytes, source));

    // Without `User=` systemd starts it as root.
    private static Setting UserOf(UnitSettings unit)
    {
        Setting user = unit.Settings["Service.User"];
        return user.IsSet ? user : new Setting { Path = user.Path, Kind = SettingKind.Text, Text = "root", Origins = unit.Settings["Service"].Origins };
    }

    private static T? Read<T>(IHost host, string path, string role, List<EmqxFile> lost, Func<byte[], string, T> read)
        where T : ConfigDocument
    {
        FileContent content = host.Read(path);
        if (content.Bytes is not { } bytes)
        {
            if (!content.IsMissing)
            {
                lost.Add(new EmqxFile(path, role, content.Why ?? "it cannot be read"));
            }

            return null;
        }

        try
        {
            return read(bytes, path);
        }
        catch (ProblemException fault)
        {
            lost.Add(new EmqxFile(path, role, fault.Problem.ToString()));
            return null;
        }
    }
}
