using System.Runtime.InteropServices;
using Gatehouse.Audit;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Auditing;

/// <summary>A real folder.</summary>
internal sealed partial class PhysicalAuditFiles(string directory) : IAuditFiles
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OfOthers =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private FileStream? _lock;

    public void Prepare()
    {
        try
        {
            Directory.CreateDirectory(directory, Private | UnixFileMode.UserExecute);
            if ((File.GetUnixFileMode(directory) & OfOthers) != UnixFileMode.None)
            {
                throw AuditProblems.FolderUnusable.Exception($"the folder `{directory}` is open to other users", $"chmod 700 {directory}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AuditProblems.FolderUnusable.Exception($"the folder `{directory}` cannot be made or read: {e.Message}", inner: e);
        }

        try
        {
            _lock = Open("audit.lock", FileMode.OpenOrCreate, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AuditProblems.FolderInUse.Exception($"the folder `{directory}` cannot be locked: {e.Message}", "stop the other daemon", e);
        }
    }

    public IReadOnlyList<string> Segments() => [.. AuditFolder.Segments(directory).Select(static s => s.Name)];

    public Stream OpenRead(string name) => AuditFolder.OpenForReading(Path.Combine(directory, name));

    public IAuditFile Create(string name)
    {
        if (!Directory.Exists(directory))
        {
            // It was deleted under a running daemon: going on in a new one is better than refusing every request.
            Directory.CreateDirectory(directory, Private | UnixFileMode.UserExecute);
            _lock?.Dispose();
            _lock = Open("audit.lock", FileMode.OpenOrCreate, FileShare.None);
        }

        FileStream stream = Open(name, FileMode.OpenOrCreate, FileShare.Read);
        try
        {
            stream.SetLength(0);
            SyncFolder();
            return new PhysicalAuditFile(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Truncate(string name, long length)
    {
        using FileStream stream = Open(name, FileMode.Open, FileShare.Read);
        stream.SetLength(length);
        stream.Flush(flushToDisk: true);
    }

    public void Delete(string name)
    {
        File.Delete(Path.Combine(directory, name));
        SyncFolder();
    }

    public long LengthOf(string name)
    {
        var file = new FileInfo(Path.Combine(directory, name));
        return file.Exists ? file.Length : -1;
    }

    public void Dispose() => _lock?.Dispose();

    private FileStream Open(string name, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (mode != FileMode.Open)
        {
            options.UnixCreateMode = Private;
        }

        return new FileStream(Path.Combine(directory, name), options);
    }

    /// <summary>Without it a file's name can be lost in a power cut although its bytes are on disk. .NET cannot open folders.</summary>
    private void SyncFolder()
    {
        int handle = open(directory, 0);
        if (handle < 0)
        {
            throw new IOException($"the folder cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        int result = fsync(handle);
        string error = result < 0 ? Marshal.GetLastPInvokeErrorMessage() : "";
        _ = close(handle);
        if (result < 0)
        {
            throw new IOException($"the folder cannot be synced: {error}");
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int handle);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc")]
    private static partial int close(int handle);

    private sealed class PhysicalAuditFile(FileStream stream) : IAuditFile
    {
        public long Length => RandomAccess.GetLength(stream.SafeFileHandle);

        public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(stream.SafeFileHandle, bytes, offset);

        public int Read(long offset, Span<byte> bytes) => RandomAccess.Read(stream.SafeFileHandle, bytes, offset);

        public void Sync() => RandomAccess.FlushToDisk(stream.SafeFileHandle);

        public void Dispose() => stream.Dispose();
    }
}
