using System.Security.Cryptography;
using Gatehouse.Problems;
using Microsoft.Win32.SafeHandles;

namespace Gatehouse.Trust.Files;

/// <summary>
/// One folder held open while files in it are replaced: who owns a folder above it cannot swap it for another meanwhile. For programs
/// that write as root where others have rights.
/// </summary>
public sealed class PinnedFolder : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int OthersWrite = 0x12; // 0022
    private const int Sticky = 0x200; // 01000
    private const int StagedDigits = 16;
    private const string StagedEnd = ".tmp";
    private readonly SafeFileHandle _folder;

    private PinnedFolder(SafeFileHandle folder, string path)
    {
        _folder = folder;
        Path = path;
    }

    /// <summary>Where it is: no part of it is a link.</summary>
    public string Path { get; }

    /// <summary>The user whose rights this process has.</summary>
    public static uint EffectiveUser => Posix.EffectiveUser;

    /// <summary>
    /// Opens a folder. Links on the way to it that only root or this user could have made are resolved once; what it leads to is then
    /// opened without following any.
    /// </summary>
    /// <exception cref="ProblemException">GH3005: there is none, this user may not go there, or a link of somebody else leads there.</exception>
    public static PinnedFolder Open(string folder)
    {
        string real = Real(System.IO.Path.GetFullPath(folder));
        SafeFileHandle here = Step("/", folder);
        foreach (string name in real.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            SafeFileHandle next = Step($"{Base(here)}/{name}", folder);
            here.Dispose();
            here = next;
        }

        using (here)
        {
            return new PinnedFolder(
                Posix.OpenFolder(Base(here) + "/.", isToRead: true, out int error) ?? throw Unreachable(folder, error), real);
        }
    }

    /// <summary>Facts of a file in it, or null where there is none. A link is not followed.</summary>
    /// <exception cref="ProblemException">GH3003: a link, a folder or device, or a file with other names; GH3004: it may not be looked at.</exception>
    public FileStatus? Look(string name)
    {
        string shown = System.IO.Path.Combine(Path, name);
        if (!Posix.TryStat(Place(name), out Posix.Status status, out int error))
        {
            return error == Posix.NotFound ? null : throw TrustProblems.FileUnreadable.Exception($"`{shown}` cannot be examined: {Posix.Describe(error)}");
        }

        if (!status.IsPlainFile)
        {
            throw FileRules.NoPlainFile(shown, status.IsLink ? "a symbolic link" : "no plain file");
        }

        return status.Links == 1
            ? new FileStatus(status.Owner, status.Group, status.Mode, IsFile: true, IsFolder: false, status.Length)
            : throw FileRules.NoPlainFile(shown, $"one of {status.Links} names of the same file (hard links)");
    }

    /// <summary>A file's bytes, read through no link.</summary>
    /// <exception cref="ProblemException">GH3004.</exception>
    public byte[] Read(string name)
    {
        using SafeFileHandle file = Posix.OpenNoFollow(Place(name), out int error)
            ?? throw TrustProblems.FileUnreadable.Exception($"`{System.IO.Path.Combine(Path, name)}` cannot be opened: {Posix.Describe(error)}");
        using var stream = new FileStream(file, FileAccess.Read);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Writes a file beside the one that it shall replace, with owner and mode, on disk when it returns; gives its name.</summary>
    /// <exception cref="ProblemException">GH3005.</exception>
    public string Stage(string name, ReadOnlySpan<byte> content, int mode, uint owner, uint group)
    {
        string temporary = $".{name}.{RandomNumberGenerator.GetHexString(StagedDigits, lowercase: true)}{StagedEnd}";
        try
        {
            using FileStream stream = new(Place(temporary), new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                UnixCreateMode = Private,
                BufferSize = 0,
            });

            // The owner first: whoever gets the file must not read it by a mode that was meant for another one.
            if (!Posix.TryGive(stream.SafeFileHandle, owner, group, out int error))
            {
                throw new IOException($"it cannot be given to user {owner}, group {group}: {Posix.Describe(error)}");
            }

            stream.Write(content);
            File.SetUnixFileMode(stream.SafeFileHandle, (UnixFileMode)mode);
            stream.Flush(flushToDisk: true);
            return temporary;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw Unwritable(name, fault);
        }
    }

    /// <summary>Puts a staged file into its place.</summary>
    /// <exception cref="ProblemException">GH3005.</exception>
    public void Commit(string staged, string name)
    {
        try
        {
            File.Move(Place(staged), Place(name), overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(name, fault);
        }
    }

    /// <summary>Deletes a file, which need not be there.</summary>
    /// <exception cref="ProblemException">GH3005.</exception>
    public void Delete(string name)
    {
        try
        {
            File.Delete(Place(name));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(name, fault);
        }
    }

    /// <summary>Deletes a staged file; that it stays is not worth an error.</summary>
    public void TryDelete(string staged)
    {
        try
        {
            File.Delete(Place(staged));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Private, of no use to anybody, and its name says what it is.
        }
    }

    /// <summary>Deletes what was staged for a file by a run that ended before it was put in place: it may hold secrets, and nobody looks for it.</summary>
    public void Sweep(string name)
    {
        string start = $".{name}.";
        foreach (string left in Directory.EnumerateFiles(Base(_folder) + "/.").Select(static path => System.IO.Path.GetFileName(path)))
        {
            if (left.Length == start.Length + StagedDigits + StagedEnd.Length && left.StartsWith(start, StringComparison.Ordinal) && left.EndsWith(StagedEnd, StringComparison.Ordinal)
                && left[start.Length..^StagedEnd.Length].All(char.IsAsciiHexDigitLower))
            {
                TryDelete(left);
            }
        }
    }

    /// <summary>Makes what was done durable.</summary>
    /// <exception cref="ProblemException">GH3005.</exception>
    public void Sync()
    {
        if (!Posix.TrySync(_folder, out int error))
        {
            throw TrustProblems.FileUnwritable.Exception($"folder `{Path}` cannot be made durable: {Posix.Describe(error)}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static SafeFileHandle Step(string path, string folder) => Posix.OpenFolder(path, isToRead: false, out int error) ?? throw Unreachable(folder, error);

    private static string Base(SafeFileHandle folder) => $"/proc/self/fd/{folder.DangerousGetHandle()}";

    private string Place(string name) => name.Contains('/', StringComparison.Ordinal) || name is "" or "." or ".."
        ? throw new ArgumentException("not the name of a file", nameof(name))
        : $"{Base(_folder)}/{name}";

    private ProblemException Unwritable(string name, Exception fault) =>
        TrustProblems.FileUnwritable.Exception(
            $"`{System.IO.Path.Combine(Path, name)}` cannot be written: {fault.Message.Replace(Base(_folder), Path, StringComparison.Ordinal)}", null, fault);

    private static ProblemException Unreachable(string folder, int error) =>
        TrustProblems.FileUnwritable.Exception($"folder `{folder}` cannot be opened: {Posix.Describe(error)}");

    // Whether nobody but root and this user could have put it there, or can put another in its place: in a sticky folder only owners rename.
    private static bool IsOwn(string path) =>
        Posix.TryStat(path, out Posix.Status status, out _) && (status.Owner == 0 || status.Owner == Posix.EffectiveUser)
        && (status.IsLink || (status.Mode & OthersWrite) == 0 || (status.Mode & Sticky) != 0);

    // Part by part: .NET resolves a link at the end of a path only.
    private static string Real(string path)
    {
        string real = "/";
        var rest = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (int links = 0; rest.TryPop(out string? name);)
        {
            string next = System.IO.Path.Combine(real, name);
            if (name == "..")
            {
                real = System.IO.Path.GetDirectoryName(real) ?? "/";
            }
            else if (new FileInfo(next).LinkTarget is { } target)
            {
                if (++links > 40)
                {
                    throw TrustProblems.FileUnwritable.Exception($"folder `{path}` lies behind too many links");
                }

                if (!IsOwn(next) || !IsOwn(real))
                {
                    throw TrustProblems.FileUnwritable.Exception(
                        $"`{next}`, on the way to `{path}`, is a link that others could lead elsewhere", $"name the folder itself: {System.IO.Path.Combine(real, target)}");
                }

                real = target.StartsWith('/') ? "/" : real;
                foreach (string part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static part => part != ".").Reverse())
                {
                    rest.Push(part);
                }
            }
            else
            {
                real = next;
            }
        }

        return real;
    }
}
