using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Whether files with secrets are their owner's alone.</summary>
internal static class FileModes
{
    private const int GroupAndOthers = 0x3f; // 0o077

    /// <summary>A fault for a file or folder that is there and gives anything to its group or to others.</summary>
    public static IEnumerable<Observation> Check(IHost host, string path, string what)
    {
        if (host.Look(path) is { } file && (file.Status.Mode & GroupAndOthers) != 0)
        {
            bool isOpenToAll = (file.Status.Mode & 7) != 0;
            yield return Observation.Of($"`{path}` ({what}) is open to {(isOpenToAll ? "every local user" : "its group")}, its owner alone needs it", Shown.Of(file, host));
        }
    }

    /// <summary>Whether a folder keeps others out; null where it cannot be seen.</summary>
    public static bool? IsPrivate(IHost host, string folder) => host.Look(folder) is { Status.IsFolder: true } found ? (found.Status.Mode & GroupAndOthers) == 0 : null;
}
