using System.Globalization;

namespace Gatehouse.Engine.Connections;

/// <summary>Finds the process behind a socket by its open files (proc(5)); slow, for messages to people only.</summary>
internal static class ProcessFiles
{
    /// <summary>The first process that holds a socket; false when none can be seen.</summary>
    public static bool TryFindHolder(uint inode, out int processId, out string? name)
    {
        string link = $"socket:[{inode.ToString(CultureInfo.InvariantCulture)}]";
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out processId)
                && Holds(folder, link))
            {
                name = ReadName(folder);
                return true;
            }
        }

        processId = 0;
        name = null;
        return false;
    }

    private static bool Holds(string folder, string link)
    {
        try
        {
            foreach (FileInfo file in new DirectoryInfo(Path.Combine(folder, "fd")).EnumerateFiles())
            {
                if (string.Equals(file.LinkTarget, link, StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }
        catch (IOException)
        {
            // The process ended meanwhile.
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's process.
        }

        return false;
    }

    private static string? ReadName(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "comm")).TrimEnd('\n');
        }
        catch (IOException)
        {
            // The process ended meanwhile.
            return null;
        }
    }
}
