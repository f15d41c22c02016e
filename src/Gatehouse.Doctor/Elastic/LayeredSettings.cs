using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Elastic;

/// <summary>What is in force: a file with its environment, and settings of the command line on top.</summary>
/// <param name="tree">The file and what the environment sets.</param>
/// <param name="arguments">Settings of the command line (<c>-Ename=value</c>); of one name the last one counts.</param>
internal sealed class LayeredSettings(SettingTree tree, ImmutableArray<Setting> arguments)
{
    private const string NewPrefix = "plugins.security.", OldPrefix = "opendistro_security.";

    /// <summary>Nothing is set.</summary>
    public static LayeredSettings Empty { get; } = new(SettingTree.Empty, []);

    /// <summary>The file's own layer.</summary>
    public SettingTree Tree => tree;

    /// <summary>Where and why the file could not be read, or null.</summary>
    public BlindSpot? Unread { get; private init; }

    /// <summary>Files and command lines that something was read from.</summary>
    public IEnumerable<string> Sources => arguments.Select(static argument => argument.Origin?.Source).OfType<string>();

    /// <summary>The setting at a path, never null.</summary>
    public Setting this[string path]
    {
        get
        {
            Setting? argument = arguments.LastOrDefault(a => a.Path.ToString() == path);
            return argument ?? tree[path];
        }
    }

    /// <summary>The setting at a path of OpenSearch's security plugin, under its old name where only that is set: the plugin takes both in one file.</summary>
    public Setting Either(string path)
    {
        Setting own = this[path];
        return !own.IsSet && path.StartsWith(NewPrefix, StringComparison.Ordinal) && this[OldPrefix + path[NewPrefix.Length..]] is { IsSet: true } old ? old : own;
    }

    /// <summary>Settings that nothing can be told of, as of a file that cannot be read.</summary>
    /// <param name="source">The file.</param>
    /// <param name="why">Why, as the end of a sentence.</param>
    /// <param name="arguments">What the command line sets all the same.</param>
    /// <param name="place">The place in it, or null.</param>
    public static LayeredSettings Unreadable(string source, string why, ImmutableArray<Setting> arguments, ProblemLocation? place = null) =>
        new(new SettingTree(new Setting { Path = SettingPath.Root, Kind = SettingKind.Map, IsPartial = true, Reason = why, Origins = [new Origin(source)] }, []), arguments) { Unread = new BlindSpot(place?.ToString() ?? source, why) };

    /// <summary>A setting of a command line.</summary>
    /// <param name="place">Process or file that has the command line.</param>
    /// <param name="line">Line of the file, or 0.</param>
    /// <param name="argument"><c>name=value</c>.</param>
    public static Setting? Argument(string place, int line, string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            return null;
        }

        string name = argument[..equals], value = argument[(equals + 1)..];
        return new Setting
        {
            Path = SettingPath.Parse(name),
            Kind = value is "true" or "false" ? SettingKind.Boolean : SettingKind.Text,
            Text = value,
            Raw = value,
            Origins = [new Origin(place, line, Variable: $"-E{name}")],
        };
    }

    /// <summary>Names right below a path, in the file's order.</summary>
    public IEnumerable<string> Names(string path)
    {
        string start = path + ".";
        return tree.Under(path).Select(static child => child.Name)
            .Concat(arguments.Select(static a => a.Path.ToString()).Where(p => p.StartsWith(start, StringComparison.Ordinal)).Select(p => p[start.Length..].Split('.')[0]))
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>Every setting without members of its own, as it is in force.</summary>
    public IEnumerable<Setting> Leaves() =>
        tree.Leaves().Where(leaf => arguments.All(a => !a.Path.Equals(leaf.Path))).Concat(arguments.GroupBy(static a => a.Path).Select(static g => g.Last()));

    /// <summary>Whether parts of it cannot be told at all.</summary>
    public bool IsPartial => tree.Root.IsPartial;
}
