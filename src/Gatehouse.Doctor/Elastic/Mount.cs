using System.Collections.Immutable;

namespace Gatehouse.Doctor.Elastic;

/// <summary>A path of the host that a container sees under another one.</summary>
/// <param name="Target">The container's path.</param>
/// <param name="Source">The host's path.</param>
internal sealed record Mount(string Target, string Source)
{
    /// <summary>The host's path of a container's one, or null where the image itself has it.</summary>
    public static string? Find(ImmutableArray<Mount> mounts, string path)
    {
        Mount? mount = mounts.Where(m => path == m.Target || path.StartsWith(m.Target + "/", StringComparison.Ordinal)).MaxBy(static m => m.Target.Length);
        return mount is null ? null : mount.Source + path[mount.Target.Length..];
    }
}
