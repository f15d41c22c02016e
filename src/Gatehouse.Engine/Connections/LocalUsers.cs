using System.Globalization;
using System.Runtime.InteropServices;

namespace Gatehouse.Engine.Connections;

/// <summary>Local users: uids, names, and who owns a file. Names come from /etc/passwd alone; nothing is asked over the network.</summary>
internal static partial class LocalUsers
{
    private const string PasswordFile = "/etc/passwd";
    private const int SocketType = 0xC000;
    private const int TypeMask = 0xF000;

    /// <summary>The effective uid of this process.</summary>
    public static uint Own => EffectiveUserId();

    /// <summary>The name of a uid, or the number where it has none.</summary>
    public static string NameOf(uint userId)
    {
        foreach ((string name, uint id) in Read())
        {
            if (id == userId)
            {
                return name;
            }
        }

        return userId.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The uid of a name, or of a number as it stands.</summary>
    public static bool TryFind(string nameOrNumber, out uint userId)
    {
        foreach ((string name, uint id) in Read())
        {
            if (string.Equals(name, nameOrNumber, StringComparison.Ordinal))
            {
                userId = id;
                return true;
            }
        }

        return uint.TryParse(nameOrNumber, NumberStyles.None, CultureInfo.InvariantCulture, out userId) && userId != uint.MaxValue;
    }

    /// <summary>The owner of a socket file; false when there is no socket at that path.</summary>
    public static bool TryGetSocketOwner(string path, out uint userId)
    {
        // struct statx (linux/stat.h) has one layout on every architecture: uid at 20, mode at 28.
        Span<byte> facts = stackalloc byte[256];
        facts.Clear();
        userId = 0;
        if (Statx(-100, path, 0, 0x7ff, facts) != 0 || (MemoryMarshal.Read<ushort>(facts[28..]) & TypeMask) != SocketType)
        {
            return false;
        }

        userId = MemoryMarshal.Read<uint>(facts[20..]);
        return true;
    }

    private static IEnumerable<(string Name, uint UserId)> Read()
    {
        if (!File.Exists(PasswordFile))
        {
            yield break;
        }

        foreach (string line in File.ReadLines(PasswordFile))
        {
            string[] fields = line.Split(':');
            if (fields.Length >= 4 && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
            {
                yield return (fields[0], id);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> facts);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUserId();
}
