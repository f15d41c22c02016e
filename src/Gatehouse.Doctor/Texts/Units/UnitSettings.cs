using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Units;

/// <summary>A command line of a unit.</summary>
/// <param name="Prefix">Signs before the program: <c>-</c>, <c>+</c>, <c>!</c>, <c>@</c>, <c>:</c>.</param>
/// <param name="Words">The program and its arguments, quotes resolved, specifiers and variables as they are written.</param>
/// <param name="Origin">Where it is.</param>
public sealed record UnitCommand(string Prefix, ImmutableArray<string> Words, Origin Origin)
{
    /// <summary>Its place; never an argument.</summary>
    public override string ToString() => $"a command at {Origin}";
}

/// <summary>A unit with its drop-ins: what is in force, its environment and its commands.</summary>
public sealed class UnitSettings
{
    private static readonly HashSet<string> Lists = new(StringComparer.Ordinal)
    {
        "After", "AmbientCapabilities", "Before", "BindPaths", "BindReadOnlyPaths", "BindsTo", "CapabilityBoundingSet", "Condition", "Conflicts", "DeviceAllow", "Documentation",
        "Environment", "EnvironmentFile", "ExecCondition", "ExecPaths", "ExecReload", "ExecStart", "ExecStartPost", "ExecStartPre", "ExecStop", "ExecStopPost", "ExecStopPre",
        "InaccessiblePaths", "IPAddressAllow", "IPAddressDeny", "ListenDatagram", "ListenStream", "LoadCredential", "LoadCredentialEncrypted", "NoExecPaths", "OnFailure", "PartOf",
        "PassEnvironment", "ReadOnlyPaths", "ReadWritePaths", "Requires", "RestrictAddressFamilies", "SetCredential", "SupplementaryGroups", "SystemCallArchitectures", "SystemCallFilter",
        "TemporaryFileSystem", "UnsetEnvironment", "Wants", "WantedBy",
    };

    private readonly ImmutableArray<UnitFile> _files;

    private UnitSettings(ImmutableArray<UnitFile> files)
    {
        _files = files;
        Settings = Tree(files);
    }

    /// <summary>What is in force.</summary>
    public SettingTree Settings { get; }

    /// <summary>Of a unit, and its drop-ins in the order of their names.</summary>
    /// <exception cref="ProblemException"><c>GH8103</c>: it is too much.</exception>
    public static UnitSettings Of(UnitFile unit, params IEnumerable<UnitFile> dropIns) => new([unit, .. dropIns]);

    /// <summary>The commands of a name such as <c>ExecStart</c>.</summary>
    public ImmutableArray<UnitCommand> Commands(string key) => [.. Effective("Service", key).Select(static e => Command(e))];

    /// <summary>
    /// The variables that the unit sets: <c>Environment=</c>, then the files of <c>EnvironmentFile=</c>, without <c>UnsetEnvironment=</c>; a file that
    /// <paramref name="readFile"/> gives null for is remarked. What the manager itself sets is not among them.
    /// </summary>
    /// <exception cref="ProblemException">A file cannot be read.</exception>
    public EnvironmentVariables Environment(Func<string, byte[]?> readFile, out ImmutableArray<Remark> remarks)
    {
        var variables = new List<EnvironmentVariable>();
        var noted = ImmutableArray.CreateBuilder<Remark>();
        foreach (UnitEntry entry in Effective("Service", "Environment"))
        {
            variables.AddRange(UnitWords.Split(entry.Value).Where(static w => w.Contains('=', StringComparison.Ordinal)).Select(w => Variable(w, entry.Origin)));
        }

        foreach (UnitEntry entry in Effective("Service", "PassEnvironment"))
        {
            variables.AddRange(UnitWords.Split(entry.Value).Select(n => new EnvironmentVariable(n, null, entry.Origin with { Variable = n })));
        }

        foreach (UnitEntry entry in Effective("Service", "EnvironmentFile"))
        {
            string path = entry.Value.TrimStart('-');
            byte[]? bytes = path.AsSpan().IndexOfAny("*?[%") < 0 ? readFile(path) : null;
            if (bytes is null)
            {
                noted.Add(new Remark(RemarkKind.EnvironmentFile, path, entry.Origin));
                continue;
            }

            variables.AddRange(EnvFile.Read(bytes, path, EnvSyntax.Systemd).Variables.All);
        }

        HashSet<string> gone = [.. Effective("Service", "UnsetEnvironment").SelectMany(static e => UnitWords.Split(e.Value))];
        remarks = noted.ToImmutable();
        return EnvironmentVariables.Of(variables.Where(v => !gone.Contains(v.Name) && !gone.Contains($"{v.Name}={v.Value}")));
    }

    internal static bool IsList(string key) => Lists.Contains(key) || key.StartsWith("Condition", StringComparison.Ordinal) || key.StartsWith("Assert", StringComparison.Ordinal);

    internal static SettingTree Tree(ImmutableArray<UnitFile> files)
    {
        var root = new Draft(SettingKind.Map);
        foreach (UnitEntry entry in files.SelectMany(static f => f.Entries))
        {
            Draft? section = root.Member(entry.Section);
            if (section is null)
            {
                root.Put(entry.Section, section = new Draft(SettingKind.Map) { Origins = [entry.Origin] });
            }

            Draft? before = section.Member(entry.Key);
            Draft scalar = Draft.Scalar(entry.Value.Length == 0 ? SettingKind.Null : SettingKind.Text, entry.Value.Length == 0 ? null : entry.Value, entry.Origin, entry.Value, isQuoted: false);
            if (!IsList(entry.Key))
            {
                section.Put(entry.Key, scalar.Over(before));
            }
            else if (entry.Value.Length == 0 || before is null)
            {
                section.Put(entry.Key, new Draft(SettingKind.List) { Origins = [entry.Origin], Items = entry.Value.Length == 0 ? [] : [scalar] });
            }
            else
            {
                before.Items.Add(scalar);
            }
        }

        return root.ToTree(files[0].Source, files.SelectMany(static f => f.Remarks));
    }

    // An empty assignment takes back what was assigned before.
    private List<UnitEntry> Effective(string section, string key)
    {
        var entries = new List<UnitEntry>();
        foreach (UnitEntry entry in _files.SelectMany(static f => f.Entries).Where(e => e.Section == section && e.Key == key))
        {
            if (entry.Value.Length == 0)
            {
                entries.Clear();
            }
            else
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    private static UnitCommand Command(UnitEntry entry)
    {
        int at = 0;
        while (at < entry.Value.Length && "-+!@:|".Contains(entry.Value[at], StringComparison.Ordinal))
        {
            at++;
        }

        return new UnitCommand(entry.Value[..at], [.. UnitWords.Split(entry.Value[at..])], entry.Origin);
    }

    // A specifier (%h) is filled in by systemd, so the value is not known here; %% is a percent sign.
    private static EnvironmentVariable Variable(string word, Origin origin)
    {
        int sign = word.IndexOf('=', StringComparison.Ordinal);
        string value = word[(sign + 1)..];
        bool isKnown = !value.Replace("%%", "", StringComparison.Ordinal).Contains('%', StringComparison.Ordinal);
        return new EnvironmentVariable(word[..sign], isKnown ? value.Replace("%%", "%", StringComparison.Ordinal) : null, origin with { Variable = word[..sign] }, value);
    }
}
