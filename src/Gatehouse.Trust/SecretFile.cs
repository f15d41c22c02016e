namespace Gatehouse.Trust;

/// <summary>Files with secrets: made 0600 in one step, read only when nobody else can.</summary>
public static class SecretFile
{
    /// <summary>Makes or replaces a file in one step (0600 unless said otherwise); on disk when it returns.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3005.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite) =>
        throw new NotSupportedException();

    /// <summary>Reads a file; refuses links, other owners and modes wider than 0600.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3001 to GH3004.</exception>
    public static byte[] Read(string path) => throw new NotSupportedException();

    /// <summary>Reads a file, or null where there is none.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3001 to GH3004.</exception>
    public static byte[]? ReadIfExists(string path) => throw new NotSupportedException();

    /// <summary>Checks a file that others read (a key of the operator's own certificate) without reading it.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3001 to GH3004.</exception>
    public static void Check(string path) => throw new NotSupportedException();
}
