namespace Gatehouse.Trust;

/// <summary>Folders that hold files with secrets: mode 0700, owned by this user or root, no links.</summary>
public static class PrivateFolder
{
    /// <summary>Makes the folder (0700, missing parents too) or checks the one that is there.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3001 to GH3005.</exception>
    public static void Ensure(string path) => throw new NotSupportedException();

    /// <summary>Checks a folder that must be there.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3001 to GH3004.</exception>
    public static void Check(string path) => throw new NotSupportedException();
}
