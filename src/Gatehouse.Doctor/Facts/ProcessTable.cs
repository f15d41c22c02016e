using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gatehouse.Trust.Files;
using Microsoft.Win32.SafeHandles;

namespace Gatehouse.Doctor.Facts;

/// <summary>Processes from <c>/proc</c> (proc(5)).</summary>
internal static class ProcessTable
{
    private const int LongestPart = 1024 * 1024;

    /// <summary>Every process that this user may see; one that ends meanwhile is left out.</summary>
    public static ImmutableArray<ProcessFact> Read(ImmutableArray<SocketFact> sockets)
    {
        ILookup<uint, SocketFact> byInode = sockets.ToLookup(static socket => socket.Inode);
        ImmutableArray<ProcessFact>.Builder found = ImmutableArray.CreateBuilder<ProcessFact>();
        string? ownMounts = LinkOf("/proc/self/ns/mnt");
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && Read(id, folder, ownMounts, byInode) is { } process)
            {
                found.Add(process);
            }
        }

        return [.. found.OrderBy(static process => process.Id)];
    }

    private static ProcessFact? Read(int id, string folder, string? ownMounts, ILookup<uint, SocketFact> sockets)
    {
        ImmutableArray<string> arguments = Words(folder + "/cmdline");
        string? name = TextOf(folder + "/comm")?.TrimEnd('\n');
        ImmutableDictionary<string, string>? environment = Variables(folder + "/environ");

        // The status is asked behind the environment: that of a process which has just ended is empty, and its user would be taken for root.
        if (arguments.IsEmpty || name is null || CredentialsOf(folder + "/status") is not (uint user, ImmutableArray<uint> groups))
        {
            return null; // a thread of the kernel, or it has just ended
        }

        string? mounts = LinkOf(folder + "/ns/mnt");
        return new ProcessFact
        {
            Id = id,
            Name = name,
            Executable = LinkOf(folder + "/exe"),
            Arguments = arguments,
            Environment = environment,
            WorkingDirectory = LinkOf(folder + "/cwd"),
            User = user,
            Groups = groups,
            Service = ServiceOf(folder + "/cgroup"),
            Root = mounts is null || mounts == ownMounts ? "" : folder + "/root",
            Sockets = SocketsOf(folder + "/fd", sockets),
        };
    }

    private static ImmutableArray<SocketFact> SocketsOf(string folder, ILookup<uint, SocketFact> sockets)
    {
        var found = new List<SocketFact>();
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder))
            {
                if (LinkOf(file) is { } target && target.StartsWith("socket:[", StringComparison.Ordinal)
                    && uint.TryParse(target.AsSpan(8, target.Length - 9), NumberStyles.None, CultureInfo.InvariantCulture, out uint inode))
                {
                    found.AddRange(sockets[inode]);
                }
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Somebody else's, or gone.
        }

        return [.. found.DistinctBy(static socket => socket.Inode)];
    }

    // cgroups(7): `0::/system.slice/emqx.service`; where controllers have trees of their own, that of the service manager says it.
    private static string? ServiceOf(string path) =>
        TextOf(path)?.Split('\n').Select(static line => line.Split(':', 3))
            .Where(static parts => parts is [_, "name=systemd", _] or ["0", "", _])
            .Select(static parts => parts[2].Split('/'))
            .Where(static names => names is ["", "system.slice", ..])
            .Select(static names => names.FirstOrDefault(static name => name.EndsWith(".service", StringComparison.Ordinal)))
            .FirstOrDefault(static name => name is not null);

    // Null where the process has ended.
    private static (uint User, ImmutableArray<uint> Groups)? CredentialsOf(string path)
    {
        string[] lines = TextOf(path)?.Split('\n') ?? [];
        if (lines.Any(static l => l.StartsWith("State:\tZ", StringComparison.Ordinal)))
        {
            return null;
        }

        // Uid and Gid: real, effective, saved, file system. Groups: the others.
        return Numbers("Uid:") is [_, uint user, ..] && Numbers("Gid:") is [_, uint group, ..] ? (user, [group, .. Numbers("Groups:")]) : null;

        uint[] Numbers(string name) =>
        [
            .. lines.FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
                .Where(static word => uint.TryParse(word, out _)).Select(uint.Parse) ?? [],
        ];
    }

    // Each word ends with a NUL; an empty one at the end is a word, too.
    private static ImmutableArray<string> Words(string path) =>
        TextOf(path) is { Length: > 0 } text ? [.. (text.EndsWith('\0') ? text[..^1] : text).Split('\0')] : [];

    private static ImmutableDictionary<string, string>? Variables(string path)
    {
        if (TextOf(path) is not { } text)
        {
            return null;
        }

        ImmutableDictionary<string, string>.Builder found = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (string entry in text.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                found.TryAdd(entry[..equals], entry[(equals + 1)..]);
            }
        }

        return found.ToImmutable();
    }

    private static string? TextOf(string path)
    {
        using SafeFileHandle? handle = QuietFile.Open(path, isOfTheKernel: true, out _);
        if (handle is null)
        {
            return null;
        }

        try
        {
            using var file = new FileStream(handle, FileAccess.Read, 0);
            byte[] bytes = new byte[64 * 1024];
            int length = 0, read;
            while ((read = file.Read(bytes, length, bytes.Length - length)) > 0)
            {
                length += read;
                if (length == bytes.Length)
                {
                    if (length >= LongestPart)
                    {
                        break;
                    }

                    Array.Resize(ref bytes, length * 2);
                }
            }

            return Encoding.UTF8.GetString(bytes, 0, length);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
