using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Ignite;

/// <summary>How a node that does not run would be started: by its package's unit and the variables beside its configuration.</summary>
internal sealed class StartFiles
{
    private const string UnitName = "ignite3db.service";

    // An administrator's own unit stands in place of the package's.
    private static readonly string[] UnitFolders = ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"];

    /// <summary>The version by the name of its libraries, or null.</summary>
    public string? Version { get; private init; }

    /// <summary>Its working folder, or null.</summary>
    public string? WorkFolder { get; private init; }

    /// <summary>Flags for the Java machine.</summary>
    public ImmutableArray<JavaFlag> JavaFlags { get; private init; } = [];

    /// <summary>Whether the file that sets them could be read.</summary>
    public bool KnowsJavaFlags { get; private init; }

    /// <summary>Who it would run as, or null.</summary>
    public Account? Account { get; private init; }

    /// <summary>Of a node's configuration file.</summary>
    public static StartFiles Of(IHost host, string config)
    {
        string folder = config[..config.LastIndexOf('/')];
        bool isPackage = folder == "/etc/ignite3db";
        string home = isPackage ? "/usr/share/ignite3db" : folder.EndsWith("/etc", StringComparison.Ordinal) ? folder[..^"/etc".Length] : folder;

        // A script of the shell, which its package keeps to plain assignments; systemd's rules for quotes are the shell's.
        EnvironmentVariables? variables = Read(host, folder + "/vars.env", static (bytes, path) => EnvFile.Read(bytes, path, EnvSyntax.Systemd).Variables);
        string? work = variables?.Find("WORK_DIR")?.Value?.Replace("${IGNITE_HOME}", home, StringComparison.Ordinal);
        return new StartFiles
        {
            Version = IgniteProcess.OfFolder(host, home + "/lib"),
            WorkFolder = work is not null && work.StartsWith('/') && !work.Contains('$', StringComparison.Ordinal) ? work : null,
            JavaFlags = variables is null ? [] : [.. JavaFlag.Of(variables)],
            KnowsJavaFlags = variables is not null,
            Account = isPackage ? AccountOf(host) : null,
        };
    }

    // A unit without `User` starts as root.
    private static Account? AccountOf(IHost host)
    {
        string? path = UnitFolders.Select(static folder => $"{folder}/{UnitName}").FirstOrDefault(path => host.Look(path) is not null);
        if (path is null || Read(host, path, static (bytes, source) => UnitFile.Read(bytes, source)) is not { } unit)
        {
            return null;
        }

        IEnumerable<string> dropIns = UnitFolders.SelectMany(folder => host.List($"{folder}/{UnitName}.d").Select(name => (Folder: folder, Name: name)))
            .Where(static dropIn => dropIn.Name.EndsWith(".conf", StringComparison.Ordinal))
            .DistinctBy(static dropIn => dropIn.Name).OrderBy(static dropIn => dropIn.Name, StringComparer.Ordinal)
            .Select(static dropIn => $"{dropIn.Folder}/{UnitName}.d/{dropIn.Name}");
        UnitFile?[] read = [.. dropIns.Select(dropIn => Read(host, dropIn, static (bytes, source) => UnitFile.Read(bytes, source)))];
        if (read.Contains(null))
        {
            return null; // one that cannot be read may set the user
        }

        Setting user = UnitSettings.Of(unit, read.OfType<UnitFile>()).Settings["Service.User"];
        string name = user.Text ?? "root";
        Evidence where = IgniteFile.IsGiven(user) ? Shown.Of(user) : new Evidence(EvidenceKind.File, path, "Service.User: not set");
        return new Account(name is "root" or "0", name, where);
    }

    private static T? Read<T>(IHost host, string path, Func<byte[], string, T> read)
        where T : class
    {
        try
        {
            return host.Read(path).Bytes is { } bytes ? read(bytes, path) : null;
        }
        catch (ProblemException)
        {
            return null; // what cannot be read tells nothing
        }
    }
}
