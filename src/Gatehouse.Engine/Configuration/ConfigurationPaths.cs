namespace Gatehouse.Engine.Configuration;

/// <summary>Files that the configuration names are relative to its own folder.</summary>
internal static class ConfigurationPaths
{
    /// <summary>The absolute path of a file named in the configuration at <paramref name="configurationPath"/>.</summary>
    public static string Resolve(string configurationPath, string file) =>
        Path.GetFullPath(file, Path.GetDirectoryName(Path.GetFullPath(configurationPath))!);
}
