using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite;

/// <summary>A file of Ignite 3, and which of the two kinds it is.</summary>
/// <param name="File">The file.</param>
/// <param name="IsCluster">Whether it is the cluster's configuration, or a node's.</param>
internal sealed record FoundFile(IgniteFile File, bool IsCluster)
{
    private const int Most = 200;

    private static readonly string[] Endings = [".conf", ".hocon", ".json"];

    /// <summary>The files of Ignite that are a path, or lie in it where it is a folder. What is another system's is left to that.</summary>
    public static IEnumerable<FoundFile> At(IHost host, string path)
    {
        IEnumerable<string> files = host.Look(path) is { Status.IsFolder: true } ? host.Below(path).SelectMany(folder => Files(host, folder)).Take(Most) : [path];
        return files.Select(file => Of(host, file)).OfType<FoundFile>();
    }

    private static IEnumerable<string> Files(IHost host, string folder) =>
        host.List(folder).Where(static name => Endings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal))).Select(name => $"{folder}/{name}").Where(path => host.Look(path) is { Status.IsFile: true });

    private static FoundFile? Of(IHost host, string path)
    {
        FileContent content = host.Read(path);
        string name = path[(path.LastIndexOf('/') + 1)..];
        bool isNamedSo = name.StartsWith("ignite", StringComparison.OrdinalIgnoreCase) && Endings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal));
        if (content.IsMissing || (content.Bytes is { } bytes && bytes.AsSpan().IndexOf("ignite"u8) < 0 && !isNamedSo))
        {
            return null;
        }

        IgniteFile file = content.Bytes is null ? IgniteFile.Read(host, path) : IgniteFile.Of(path, content.Bytes, host.Look(path));
        bool hasRoot = file.Settings.Root.Child(IgniteFile.Root) is { Kind: SettingKind.Map or SettingKind.Unknown };
        return hasRoot || isNamedSo ? new FoundFile(file, IsOfCluster(file, name)) : null;
    }

    private static bool IsOfCluster(IgniteFile file, string name)
    {
        ImmutableArray<Setting> sections = file.Settings[IgniteFile.Root].Children;
        bool hasNodes = sections.Any(static section => IgniteKeys.OfNode.Contains(section.Name));
        bool hasClusters = sections.Any(static section => IgniteKeys.OfCluster.Contains(section.Name));
        return hasNodes == hasClusters
            ? name.Contains("cluster", StringComparison.OrdinalIgnoreCase) || name.Contains("init", StringComparison.OrdinalIgnoreCase)
            : hasClusters;
    }
}
