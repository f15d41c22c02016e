using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gatehouse.Trust.Files;

/// <summary>The few system calls that .NET has no word for: owners of files, links not followed, folders made durable.</summary>
internal static partial class Posix
{
    public const int NotPermitted = 1;
    public const int NotFound = 2;
    public const int NoDevice = 6;
    public const int NoAccess = 13;
    public const int NoFolder = 20;
    public const int TooManyLinks = 40;

    private const int ReadOnly = 0;
    private const int NoTerminal = 0x100;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int PathOnly = 0x200000;
    private const int CurrentFolder = -100;
    private const int NoFollowAt = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;

    // open(2)'s flags differ between processors: asm-generic against arm's own.
    private static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    private static readonly int FolderOnly =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;

    /// <summary>The user whose rights this process has.</summary>
    public static uint EffectiveUser => GetEffectiveUser();

    /// <summary>Opens for reading without following a link at the end of the path; an errno where that fails.</summary>
    public static SafeFileHandle? OpenNoFollow(string path, out int error)
    {
        int descriptor = Open(path, ReadOnly | NonBlocking | CloseOnExec | NoFollow);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Opens for reading, links followed, without waiting for anybody; an errno where that fails.</summary>
    public static SafeFileHandle? OpenQuietly(string path, out int error)
    {
        int descriptor = Open(path, ReadOnly | NonBlocking | NoTerminal | CloseOnExec);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>The number of an open file's file system (statfs(2)), or null.</summary>
    public static uint? FileSystemOf(SafeFileHandle file)
    {
        // Its first member is a long of the processor; how long the structure is differs between them.
        Span<byte> facts = stackalloc byte[512];
        return FileSystemStatus(file, ref facts[0]) == 0 ? (uint)MemoryMarshal.Read<nint>(facts) : null;
    }

    /// <summary>Facts of an open file; false with an errno where the kernel does not tell.</summary>
    public static bool TryStat(SafeFileHandle file, out Status status, out int error)
    {
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            return Finish(Statx((int)file.DangerousGetHandle(), "", EmptyPath, BasicStats, out status), out error);
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Facts of what a path names, a link itself where it is one.</summary>
    public static bool TryStat(string path, out Status status, out int error) =>
        Finish(Statx(CurrentFolder, path, NoFollowAt, BasicStats, out status), out error);

    /// <summary>Facts of what a path leads to, links followed.</summary>
    public static bool TryStatFollowing(string path, out Status status, out int error) =>
        Finish(Statx(CurrentFolder, path, 0, BasicStats, out status), out error);

    /// <summary>Makes a folder's entries durable; a rename is lost with the power without it.</summary>
    public static bool TrySyncFolder(string path, out int error)
    {
        int descriptor = Open(path, ReadOnly | CloseOnExec);
        if (descriptor < 0)
        {
            error = Marshal.GetLastPInvokeError();
            return false;
        }

        using SafeFileHandle folder = new(descriptor, ownsHandle: true);
        return Finish(Sync(descriptor), out error);
    }

    /// <summary>Opens a folder, no link in its place: to find the way through it, or to read it.</summary>
    public static SafeFileHandle? OpenFolder(string path, bool isToRead, out int error)
    {
        int descriptor = Open(path, CloseOnExec | FolderOnly | (isToRead ? ReadOnly : PathOnly | NoFollow));
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Gives an open file to a user and group.</summary>
    public static bool TryGive(SafeFileHandle file, uint owner, uint group, out int error) =>
        Finish(ChangeOwner(file, owner, group), out error);

    /// <summary>Makes an open folder's entries durable.</summary>
    public static bool TrySync(SafeFileHandle folder, out int error) => Finish(Sync(folder), out error);

    /// <summary>The text of an errno.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    private static bool Finish(int result, out int error)
    {
        error = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        return result >= 0;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out Status status);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ChangeOwner(SafeFileHandle file, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileSystemStatus(SafeFileHandle file, ref byte facts);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint GetEffectiveUser();

    /// <summary><c>struct statx</c>, the same on every processor (which <c>struct stat</c> is not).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct Status
    {
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort TypeAndMode;

        [FieldOffset(40)]
        public long Length;

        public readonly bool IsPlainFile => (TypeAndMode & 0xF000) == 0x8000;

        public readonly bool IsFolder => (TypeAndMode & 0xF000) == 0x4000;

        public readonly bool IsLink => (TypeAndMode & 0xF000) == 0xA000;

        public readonly int Mode => TypeAndMode & 0xFFF;
    }
}
