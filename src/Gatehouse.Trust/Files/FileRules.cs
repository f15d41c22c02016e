using Gatehouse.Problems;

namespace Gatehouse.Trust.Files;

/// <summary>What a private file or folder must be, and the very line that makes it so.</summary>
internal static class FileRules
{
    private const int BeyondPrivateFile = 0b001_111_111;
    private const int BeyondPrivateFolder = 0b000_111_111;
    private const int WritableByOthers = 0b000_010_010;

    /// <summary>Throws unless it is a plain file, ours or root's, at most 0600.</summary>
    public static void EnsurePrivateFile(string path, in Posix.Status status)
    {
        if (!status.IsPlainFile)
        {
            throw NoPlainFile(path, status.IsLink ? "a symbolic link" : "no plain file");
        }

        EnsureOwner(path, status);
        if ((status.Mode & BeyondPrivateFile) != 0)
        {
            throw TrustProblems.FileTooWide.Exception(
                $"`{path}` has mode {Octal(status.Mode)}, 0600 at most is allowed", $"chmod 600 {Quote(path)}");
        }
    }

    /// <summary>Throws unless it is a folder, ours or root's, at most 0700.</summary>
    public static void EnsurePrivateFolder(string path, in Posix.Status status)
    {
        if (!status.IsFolder)
        {
            throw NoPlainFile(path, status.IsLink ? "a symbolic link, not a folder" : "no folder");
        }

        EnsureOwner(path, status);
        if ((status.Mode & BeyondPrivateFolder) != 0)
        {
            throw TrustProblems.FileTooWide.Exception(
                $"folder `{path}` has mode {Octal(status.Mode)}, 0700 at most is allowed", $"chmod 700 {Quote(path)}");
        }
    }

    /// <summary>Throws unless it is a folder, ours or root's, in which nobody else can put or replace files.</summary>
    public static void EnsureGuardedFolder(string path, in Posix.Status status)
    {
        if (!status.IsFolder)
        {
            throw NoPlainFile(path, status.IsLink ? "a symbolic link, not a folder" : "no folder");
        }

        EnsureOwner(path, status);
        if ((status.Mode & WritableByOthers) != 0)
        {
            throw TrustProblems.FileTooWide.Exception(
                $"others can write to folder `{path}` (mode {Octal(status.Mode)})", "use a folder that only this user and root can write to");
        }
    }

    public static ProblemException NoPlainFile(string path, string what) =>
        TrustProblems.FileIsNoPlainFile.Exception($"`{path}` is {what}", "put the real one there, links are not followed");

    private static void EnsureOwner(string path, in Posix.Status status)
    {
        uint self = Posix.EffectiveUser;
        if (status.Owner != self && status.Owner != 0)
        {
            throw TrustProblems.FileOwnedByAnother.Exception(
                $"`{path}` belongs to uid {status.Owner}, this process runs as uid {self}", $"chown {self} {Quote(path)}");
        }
    }

    private static string Octal(int mode) => "0" + Convert.ToString(mode, 8);

    private static string Quote(string path) =>
        path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-')
            ? path
            : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
