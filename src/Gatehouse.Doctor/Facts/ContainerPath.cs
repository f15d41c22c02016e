namespace Gatehouse.Doctor.Facts;

/// <summary>
/// Paths below <c>/proc/N/root</c>, which are a container's: a link in there means a place in there. The kernel would follow it from this
/// host's own root, and another file would be read than the one that the program uses.
/// </summary>
internal static class ContainerPath
{
    private const int MostLinks = 40;
    private const string Processes = "/proc/";
    private const string RootName = "/root";

    /// <summary>Where it is, no link on the way; the path itself where it is none of a container; null behind too many links.</summary>
    public static string? Resolve(string path)
    {
        if (RootOf(path) is not { } root)
        {
            return path;
        }

        string real = "";
        var rest = new Stack<string>(Parts(path[root.Length..]));
        for (int links = 0; rest.TryPop(out string? name);)
        {
            if (name == "..")
            {
                real = real[..Math.Max(real.LastIndexOf('/'), 0)];
            }
            else if (TargetOf($"{root}{real}/{name}") is not { } target)
            {
                real = $"{real}/{name}";
            }
            else if (++links > MostLinks)
            {
                return null;
            }
            else
            {
                real = target.StartsWith('/') ? "" : real;
                foreach (string part in Parts(target))
                {
                    rest.Push(part);
                }
            }
        }

        return real.Length == 0 ? root + "/" : root + real;
    }

    // "/proc/812/root", or null.
    private static string? RootOf(string path)
    {
        if (!path.StartsWith(Processes, StringComparison.Ordinal))
        {
            return null;
        }

        int end = path.IndexOf('/', Processes.Length);
        return end > Processes.Length && path.AsSpan(Processes.Length, end - Processes.Length).IndexOfAnyExceptInRange('0', '9') < 0
            && path.AsSpan(end).StartsWith(RootName, StringComparison.Ordinal) && (path.Length == end + RootName.Length || path[end + RootName.Length] == '/')
            ? path[..(end + RootName.Length)]
            : null;
    }

    // The last one first, as a stack takes them.
    private static IEnumerable<string> Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static part => part != ".").Reverse();

    private static string? TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null; // opening it will say so
        }
    }
}
