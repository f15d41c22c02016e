using Gatehouse.Problems;

namespace Gatehouse.Trust.Files;

/// <summary>Folders that hold files with secrets: mode 0700, owned by this user or root, no links.</summary>
public static class PrivateFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder (0700; missing parents as the umask says) or checks the one that is there.</summary>
    /// <exception cref="ProblemException">GH3001 to GH3005.</exception>
    public static void Ensure(string path)
    {
        Make(path);
        Check(path);
    }

    /// <summary>
    /// Makes the folder (0700) or checks that nobody else can write to the one that is there: enough for a single private
    /// file among others, such as a key in <c>/etc</c>.
    /// </summary>
    /// <exception cref="ProblemException">GH3001 to GH3005.</exception>
    public static void EnsureGuarded(string path)
    {
        Make(path);
        FileRules.EnsureGuardedFolder(path, Examine(path));
    }

    /// <summary>Checks a folder that must be there.</summary>
    /// <exception cref="ProblemException">GH3001 to GH3004.</exception>
    public static void Check(string path) => FileRules.EnsurePrivateFolder(path, Examine(path));

    private static void Make(string path)
    {
        if (!Posix.TryStat(Plain(path), out _, out int error) && error == Posix.NotFound)
        {
            try
            {
                Directory.CreateDirectory(Plain(path), Private);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw TrustProblems.FileUnwritable.Exception($"folder `{path}` cannot be made: {fault.Message}", null, fault);
            }
        }
    }

    private static Posix.Status Examine(string path) =>
        Posix.TryStat(Plain(path), out Posix.Status status, out int error)
            ? status
            : throw TrustProblems.FileUnreadable.Exception($"folder `{path}` cannot be examined: {Posix.Describe(error)}");

    // A slash at the end would make the kernel follow a link.
    private static string Plain(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}
