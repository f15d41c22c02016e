namespace Gatehouse.Trust.Files;

/// <summary>What the kernel says of a file or folder, links followed.</summary>
/// <param name="Owner">Number of the user whose it is.</param>
/// <param name="Group">Number of its group.</param>
/// <param name="Mode">Permission bits, with those for set-user-id and the sticky bit (<c>0o7777</c>).</param>
/// <param name="IsFile">Whether it is a plain file.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct FileStatus(uint Owner, uint Group, int Mode, bool IsFile, bool IsFolder, long Length)
{
    /// <summary>Whether anybody but owner and group may read.</summary>
    public bool OthersRead => (Mode & 4) != 0;

    /// <summary>Whether anybody but owner and group may write.</summary>
    public bool OthersWrite => (Mode & 2) != 0;

    /// <summary>Whether its group may read.</summary>
    public bool GroupReads => (Mode & 0x20) != 0;

    /// <summary>Whether its group may write.</summary>
    public bool GroupWrites => (Mode & 0x10) != 0;

    /// <summary>Four octal digits: <c>0640</c>.</summary>
    public string Octal => Convert.ToString(Mode, 8).PadLeft(4, '0');

    /// <summary>Asks the kernel; false where there is nothing, or where this process may not look.</summary>
    /// <param name="path">A path.</param>
    /// <param name="status">What it says.</param>
    /// <param name="isMissing">Whether there is nothing there, which is not the same as being refused a look.</param>
    public static bool TryRead(string path, out FileStatus status, out bool isMissing)
    {
        bool isThere = Posix.TryStatFollowing(path, out Posix.Status facts, out int error);
        isMissing = !isThere && error is (Posix.NotFound or Posix.NoFolder);
        status = isThere ? new FileStatus(facts.Owner, facts.Group, facts.Mode, facts.IsPlainFile, facts.IsFolder, facts.Length) : default;
        return isThere;
    }
}
