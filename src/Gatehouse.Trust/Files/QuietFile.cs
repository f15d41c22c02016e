using Microsoft.Win32.SafeHandles;

namespace Gatehouse.Trust.Files;

/// <summary>
/// Opens files that may be in anybody's hands, for reading, and changes nothing by it: it takes no lock, so that nobody's lock keeps it
/// out (flock(2)); it does not wait for a pipe's writer; and of files that the kernel makes as they are read, some of which
/// are emptied by it or never end (<c>/proc/kmsg</c>), it opens none unless the caller asks for them.
/// </summary>
public static class QuietFile
{
    // statfs(2): proc, sysfs, tracefs, debugfs, securityfs, selinux, bpf, binfmt_misc, cgroup, cgroup2, configfs, pstore.
    private static readonly HashSet<uint> OfTheKernel =
        [0x9fa0, 0x62656572, 0x74726163, 0x64626720, 0x73636673, 0xf97cff8c, 0xcafe4a11, 0x42494e4d, 0x27e0eb, 0x63677270, 0x62656570, 0x6165676c];

    /// <summary>Opens a plain file; null with a reason, which is null too where there is none.</summary>
    /// <param name="path">Where.</param>
    /// <param name="isOfTheKernel">Whether a file that the kernel makes is meant.</param>
    /// <param name="why">Why there is no content, as the end of a sentence; null where there is nothing of that name.</param>
    public static SafeFileHandle? Open(string path, bool isOfTheKernel, out string? why)
    {
        SafeFileHandle? file = Posix.OpenQuietly(path, out int error);
        if (file is null)
        {
            why = error switch
            {
                Posix.NotFound or Posix.NoFolder => null,
                Posix.NotPermitted or Posix.NoAccess => "this user may not read it",
                Posix.NoDevice => "it is no plain file",
                _ => Posix.Describe(error),
            };
            return null;
        }

        why = !Posix.TryStat(file, out Posix.Status status, out error) ? Posix.Describe(error)
            : status.IsFolder ? "it is a folder"
            : !status.IsPlainFile ? "it is no plain file"
            : !isOfTheKernel && Posix.FileSystemOf(file) is { } kind && OfTheKernel.Contains(kind) ? "it is no file of a disk: the kernel makes it as it is read"
            : null;
        if (why is null)
        {
            return file;
        }

        file.Dispose();
        return null;
    }
}
