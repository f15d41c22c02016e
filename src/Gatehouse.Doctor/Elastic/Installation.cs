using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>The folder that a node's program lies in.</summary>
/// <param name="Path">Its path as it is reached from here, or null where it is not known.</param>
/// <param name="Version">The version that its files say, or null.</param>
/// <param name="Plugins">Names of plugins, or null where they cannot be seen.</param>
/// <param name="Modules">Names of modules, or null where they cannot be seen.</param>
internal sealed partial record Installation(string? Path, string? Version, ImmutableArray<string>? Plugins, ImmutableArray<string>? Modules)
{
    /// <summary>Nothing is known of it.</summary>
    public static Installation Unknown { get; } = new(null, null, null, null);

    /// <summary>A plugin that has the place of Elastic's own security, or null.</summary>
    public string? OtherGuard => Plugins?.FirstOrDefault(static name =>
        name.StartsWith("search-guard", StringComparison.Ordinal) || name.StartsWith("sg-", StringComparison.Ordinal) || name == "readonlyrest");

    /// <summary>Looks at one.</summary>
    /// <param name="host">Where.</param>
    /// <param name="path">The folder.</param>
    /// <param name="program"><c>elasticsearch</c> or <c>opensearch</c>: how its library is called.</param>
    public static Installation Look(IHost host, string path, string program)
    {
        string? version = host.List(path + "/lib").Select(name => Library().Match(name))
            .FirstOrDefault(match => match.Success && match.Groups["program"].Value == program)?.Groups["version"].Value;
        return new Installation(path, version, Names(host, path + "/plugins"), Names(host, path + "/modules"));
    }

    /// <summary>Version of a plugin as its descriptor says it, or null.</summary>
    public string? VersionOf(IHost host, string plugin)
    {
        string text = Encoding.UTF8.GetString(host.Read($"{Path}/plugins/{plugin}/plugin-descriptor.properties").Bytes ?? []);
        string? line = text.Split('\n').FirstOrDefault(static l => l.StartsWith("version=", StringComparison.Ordinal));
        return line?["version=".Length..].Trim();
    }

    // An empty answer may mean that the folder may not be read: only one that is there and may be looked at counts.
    private static ImmutableArray<string>? Names(IHost host, string folder)
    {
        ImmutableArray<string> names = host.List(folder);
        return !names.IsEmpty ? names : host.Look(folder) is { Status: { IsFolder: true, OthersRead: true } } ? names : null;
    }

    [GeneratedRegex(@"^(?<program>elasticsearch|opensearch)-(?<version>\d+\.\d+\.\d+)(-[A-Za-z0-9.]+)?\.jar$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Library();
}
