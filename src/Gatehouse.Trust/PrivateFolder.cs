using Gatehouse.Problems;

namespace Gatehouse.Trust;

/// <summary>Folders that hold files with secrets: mode 0700, owned by this user or root, no links.</summary>
public static class PrivateFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder (0700, missing parents too) or checks the one that is there.</summary>
    /// <exception cref="ProblemException">GH3001 to GH3005.</exception>
    public static void Ensure(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Posix.TryStat(full, out _, out int error) && error == Posix.NotFound)
        {
            try
            {
                // Missing parents get 0700 as well: narrower than usual, never wider than meant.
                Directory.CreateDirectory(full, Private);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw TrustProblems.FileUnwritable.Exception($"folder `{full}` cannot be made: {fault.Message}", null, fault);
            }
        }

        Check(full);
    }

    /// <summary>Checks a folder that must be there.</summary>
    /// <exception cref="ProblemException">GH3001 to GH3004.</exception>
    public static void Check(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Posix.TryStat(full, out Posix.Status status, out int error))
        {
            throw TrustProblems.FileUnreadable.Exception($"folder `{full}` cannot be examined: {Posix.Describe(error)}");
        }

        FileRules.EnsurePrivateFolder(full, status);
    }
}
