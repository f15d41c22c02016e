using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Validators;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration;

/// <summary>
/// The one way from file to configuration in force: daemon, reload and <c>gatehouse check</c> all go through it. Its value
/// has absolute paths.
/// </summary>
internal static class ConfigurationCheck
{
    /// <summary>Reads a file, its mode included, and runs every validator. Never throws for what is wrong with the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dataDirectory">The node's data folder.</param>
    /// <param name="host">Facts of this host; null for the real ones.</param>
    public static ConfigurationResult File(string path, string dataDirectory, IHostFacts? host = null)
    {
        byte[]? bytes = BoundedFile.TryRead(path, ConfigurationReader.MaxBytes, out UnixFileMode mode, out string why);
        if (bytes is null)
        {
            return new ConfigurationResult
            {
                Problems = [ConfigurationProblems.Unreadable.Because($"`{path}` {why}", new ProblemLocation(path))],
            };
        }

        ConfigurationResult read = Validated(ConfigurationReader.Read(bytes, path), path, dataDirectory, host);
        ImmutableArray<Problem> modes = [.. Modes(path, mode)];
        return modes.IsEmpty ? read : read with { Value = null, Problems = [.. modes, .. read.Problems] };
    }

    /// <summary>Runs every validator on a text that is to be written to <paramref name="path"/>.</summary>
    public static ConfigurationResult Text(string text, string path, string dataDirectory, IHostFacts? host = null) =>
        Validated(ConfigurationReader.Read(text, path), path, dataDirectory, host);

    private static ConfigurationResult Validated(ConfigurationResult read, string path, string dataDirectory, IHostFacts? host)
    {
        if (read.Draft is null)
        {
            return read;
        }

        var context = new ConfigurationContext(path, dataDirectory, read.Marks, host ?? new HostFacts());
        foreach (IConfigurationValidator validator in ConfigurationValidators.All)
        {
            validator.Validate(read.Draft, context);
        }

        ImmutableArray<Problem> all = [.. read.Problems, .. context.Problems];
        return read with
        {
            Value = all.IsEmpty && read.Value is not null ? ConfigurationPaths.InForce(read.Value, path) : null,
            Problems = [.. all.OrderBy(static p => p.Location?.Line ?? 0).ThenBy(static p => p.Location?.Column ?? 0)],
        };
    }

    private static IEnumerable<Problem> Modes(string path, UnixFileMode mode)
    {
        // Who can write the file, or swap it in its folder, decides who may open gates.
        if (mode.HasFlag(UnixFileMode.OtherWrite))
        {
            yield return ConfigurationProblems.FileMode.Because(
                "every user of this host can change the file", new ProblemLocation(path), $"chmod o-w {path}");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        UnixFileMode around = System.IO.File.GetUnixFileMode(folder);
        if (around.HasFlag(UnixFileMode.OtherWrite) && !around.HasFlag(UnixFileMode.StickyBit))
        {
            yield return ConfigurationProblems.FileMode.Because(
                "every user of this host can replace the file: its folder is open to all", new ProblemLocation(path), $"chmod o-w {folder}");
        }
    }
}
