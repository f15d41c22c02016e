using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Microsoft.Win32.SafeHandles;

namespace Gatehouse.Engine.Store;

/// <summary>One process at a time works on a data folder: <c>DATA/gatehouse.lock</c>, held by the kernel, falls with the process.</summary>
internal sealed partial class DataFolderLock : IDisposable
{
    private const string FileName = "gatehouse.lock";
    private const int Exclusive = 2;
    private const int WithoutWaiting = 4;
    private const int ReadWrite = 2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000;
    private const int OwnerOnly = 0b110_000_000;

    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <summary>Makes the data folder where it is missing and takes its lock without waiting.</summary>
    /// <exception cref="ProblemException">GH2001, naming the process that holds it; GH3xxx for the folder.</exception>
    public static DataFolderLock Take(string dataDirectory)
    {
        PrivateFolder.Ensure(dataDirectory);
        string path = Path.Combine(Path.GetFullPath(dataDirectory), FileName);
        FileStream file = Open(path);
        try
        {
            if (Lock((int)file.SafeFileHandle.DangerousGetHandle(), Exclusive | WithoutWaiting) != 0)
            {
                throw StoreProblems.DataFolderLocked.Exception(
                    $"`{dataDirectory}` is in use by {Owner(file)}", "stop that process first, or choose another folder with --data DIR");
            }

            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
            return new DataFolderLock(file);
        }
        catch
        {
            // Whatever it was: the file is ours to close.
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path)
    {
        int descriptor = OpenFile(path, ReadWrite | Create | CloseOnExec, OwnerOnly);
        return descriptor >= 0
            ? new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.ReadWrite, 0)
            : throw TrustProblems.FileUnwritable.Exception($"`{path}` cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static string Owner(FileStream file)
    {
        Span<byte> content = stackalloc byte[32];
        int length = RandomAccess.Read(file.SafeFileHandle, content, 0);
        if (!int.TryParse(content[..length].TrimEnd((byte)'\n'), NumberStyles.None, CultureInfo.InvariantCulture, out int process))
        {
            return "another process";
        }

        try
        {
            return $"process {process} ({File.ReadAllText($"/proc/{process}/comm").Trim()})";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"process {process}";
        }
    }

    // open(2) and flock(2) themselves: .NET takes locks of its own on files it opens, which would meet ours, and which
    // an environment variable switches off.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenFile(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Lock(int descriptor, int operation);
}
