namespace Gatehouse.Engine.Store;

/// <summary>One process at a time works on a data folder: <c>DATA/gatehouse.lock</c>, held by the kernel, falls with the process.</summary>
internal sealed class DataFolderLock : IDisposable
{
    private DataFolderLock()
    {
    }

    /// <summary>Takes the lock without waiting.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH2001, naming the process that holds it.</exception>
    public static DataFolderLock Take(string dataDirectory) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
