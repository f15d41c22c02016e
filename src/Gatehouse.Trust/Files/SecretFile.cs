using System.Security.Cryptography;
using Gatehouse.Problems;
using Microsoft.Win32.SafeHandles;

namespace Gatehouse.Trust.Files;

/// <summary>Files with secrets: made 0600 in one step, read only when nobody else can.</summary>
public static class SecretFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int DiskFull = 0x1C;

    /// <summary>
    /// Makes or replaces a file in one step (0600 unless said otherwise): a reader sees the old or the new content, never
    /// a part, and both file and folder are on disk when it returns.
    /// </summary>
    /// <exception cref="ProblemException">GH3003 for a link in its place, GH3005 where it cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = Private)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? "/";
        if (Posix.TryStat(full, out Posix.Status there, out _) && !there.IsPlainFile)
        {
            throw FileRules.NoPlainFile(full, there.IsLink ? "a symbolic link" : "no plain file");
        }

        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp");
        try
        {
            WriteDurably(temporary, content, mode);
            File.Move(temporary, full, overwrite: true);
            if (!Posix.TrySyncFolder(folder, out int error))
            {
                throw new IOException($"fsync of folder {folder}: {Posix.Describe(error)}");
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw Unwritable(full, fault);
        }
    }

    /// <summary>
    /// Writes at a place of a file, which is made 0600 where there is none; what lay behind the place is cut off. On disk when it
    /// returns; a crash before leaves a part of the content, or none.
    /// </summary>
    /// <exception cref="ProblemException">GH3003 for a link in its place, GH3005 where it cannot be written.</exception>
    public static void WriteAt(string path, long at, ReadOnlySpan<byte> content)
    {
        string full = Path.GetFullPath(path);
        bool isThere = Posix.TryStat(full, out Posix.Status there, out _);
        if (isThere && !there.IsPlainFile)
        {
            throw FileRules.NoPlainFile(full, there.IsLink ? "a symbolic link" : "no plain file");
        }

        try
        {
            using FileStream file = new(full, new FileStreamOptions
            {
                Mode = isThere ? FileMode.Open : FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.Read | FileShare.Delete,
                UnixCreateMode = isThere ? null : Private,
                BufferSize = 0,
            });
            file.SetLength(at);
            file.Position = at;
            file.Write(content);
            file.Flush(flushToDisk: true);
            if (!isThere && !Posix.TrySyncFolder(Path.GetDirectoryName(full) ?? "/", out int error))
            {
                throw new IOException($"fsync of a folder: {Posix.Describe(error)}");
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(full, fault);
        }
    }

    /// <summary>Reads a file; refuses links, other owners than this user and root, and modes wider than 0600.</summary>
    /// <exception cref="ProblemException">GH3001 to GH3004.</exception>
    public static byte[] Read(string path) =>
        ReadIfExists(path) ?? throw TrustProblems.FileUnreadable.Exception($"`{path}` does not exist");

    /// <summary>Reads a file under the same rules, or null where there is none.</summary>
    /// <exception cref="ProblemException">GH3001 to GH3004.</exception>
    public static byte[]? ReadIfExists(string path)
    {
        // Checked and read through one descriptor: nobody can change the file between.
        using SafeFileHandle? file = OpenChecked(path);
        if (file is null)
        {
            return null;
        }

        try
        {
            return ReadAll(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw TrustProblems.FileUnreadable.Exception($"`{path}` cannot be read: {fault.Message}", null, fault);
        }
    }

    /// <summary>Checks a file that something else reads, such as the key of an operator's own certificate.</summary>
    /// <exception cref="ProblemException">GH3001 to GH3004.</exception>
    public static void Check(string path)
    {
        using SafeFileHandle? file = OpenChecked(path);
        if (file is null)
        {
            throw TrustProblems.FileUnreadable.Exception($"`{path}` does not exist");
        }
    }

    /// <summary>Deletes what interrupted writes left in a folder.</summary>
    internal static void DeleteLeftovers(string folder)
    {
        foreach (string leftover in Directory.EnumerateFiles(folder, ".*.tmp"))
        {
            TryDelete(leftover);
        }
    }

    private static SafeFileHandle? OpenChecked(string path)
    {
        SafeFileHandle? file = Posix.OpenNoFollow(path, out int error);
        if (file is null)
        {
            return error switch
            {
                Posix.NotFound => null,
                Posix.TooManyLinks => throw FileRules.NoPlainFile(path, "a symbolic link"),
                _ => throw TrustProblems.FileUnreadable.Exception($"`{path}` cannot be opened: {Posix.Describe(error)}"),
            };
        }

        try
        {
            if (!Posix.TryStat(file, out Posix.Status status, out error))
            {
                throw TrustProblems.FileUnreadable.Exception($"`{path}` cannot be examined: {Posix.Describe(error)}");
            }

            FileRules.EnsurePrivateFile(path, status);
            return file;
        }
        catch (ProblemException)
        {
            file.Dispose();
            throw;
        }
    }

    private static byte[] ReadAll(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        byte[] content = GC.AllocateUninitializedArray<byte>(checked((int)length));
        int read = 0;
        while (read < content.Length)
        {
            int count = RandomAccess.Read(file, content.AsSpan(read), read);
            if (count == 0)
            {
                throw new EndOfStreamException("the file became shorter while it was read");
            }

            read += count;
        }

        return content;
    }

    private static void WriteDurably(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        // CreateNew is O_EXCL: it follows no link and takes over no file that another user made before.
        using FileStream stream = new(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            UnixCreateMode = Private,
            BufferSize = 0,
        });
        stream.Write(content);
        if (mode != Private)
        {
            File.SetUnixFileMode(stream.SafeFileHandle, mode);
        }

        stream.Flush(flushToDisk: true);
    }

    private static ProblemException Unwritable(string path, Exception fault) =>
        (fault.HResult & 0xFFFF) == DiskFull
            ? TrustProblems.FileUnwritable.Exception($"`{path}` cannot be written: the disk is full", "make room and start again; what was there is unchanged", fault)
            : TrustProblems.FileUnwritable.Exception($"`{path}` cannot be written: {fault.Message}", null, fault);

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Only a leftover of our own; the next start tries again.
        }
    }
}
