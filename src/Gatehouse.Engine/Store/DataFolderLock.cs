using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Gatehouse.Problems;
using Gatehouse.Trust;

namespace Gatehouse.Engine.Store;

/// <summary>One process at a time works on a data folder: <c>DATA/gatehouse.lock</c>, held by the kernel, falls with the process.</summary>
internal sealed partial class DataFolderLock : IDisposable
{
    private const string FileName = "gatehouse.lock";
    private const int Exclusive = 2;
    private const int WithoutWaiting = 4;

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
            // flock(2) itself: .NET's own file locks can be switched off from outside, by an environment variable.
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
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                BufferSize = 0,
            });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw TrustProblems.FileUnwritable.Exception($"`{path}` cannot be opened: {fault.Message}", null, fault);
        }
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

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Lock(int descriptor, int operation);
}
