using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gatehouse.Trust.Tls;

namespace Gatehouse.Engine.Configuration;

/// <summary>What validators need to know of this host.</summary>
internal interface IHostFacts
{
    /// <summary>All addresses of this host's interfaces, loopback included.</summary>
    IReadOnlyCollection<IPAddress> OwnAddresses { get; }

    /// <summary>The addresses a name resolves to; empty where it does not.</summary>
    IReadOnlyCollection<IPAddress> Resolve(string name);

    /// <summary>Whether a user of this name, or with this uid, exists.</summary>
    bool UserExists(string nameOrUid);

    /// <summary>Why this process does not run on FIPS-approved algorithms only; null when it does.</summary>
    string? FipsObstacle { get; }
}

/// <summary>The real host. Addresses are looked up once per instance; make one per check.</summary>
internal sealed partial class HostFacts : IHostFacts
{
    private static readonly Lock UserDatabase = new();
    private IReadOnlyCollection<IPAddress>? _own;

    public IReadOnlyCollection<IPAddress> OwnAddresses => _own ??= LookUpOwn();

    public string? FipsObstacle => FipsModule.Obstacle();

    public IReadOnlyCollection<IPAddress> Resolve(string name)
    {
        try
        {
            return Dns.GetHostAddresses(name);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // A name that resolves nowhere reaches none of our listeners.
            return [];
        }
    }

    public bool UserExists(string nameOrUid)
    {
        if (uint.TryParse(nameOrUid, NumberStyles.None, CultureInfo.InvariantCulture, out uint uid))
        {
            // Containers run services under uids without an entry; all ones means "no uid" to the kernel.
            return uid != uint.MaxValue;
        }

        lock (UserDatabase)
        {
            return GetUserByName(nameOrUid) != 0;
        }
    }

    private static IReadOnlyCollection<IPAddress> LookUpOwn()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(static i => i.GetIPProperties().UnicastAddresses)
                .Select(static a => a.Address)];
        }
        catch (NetworkInformationException)
        {
            // Interfaces cannot be listed in some containers; loopback is known without.
            return [];
        }
    }

    [LibraryImport("libc", EntryPoint = "getpwnam", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint GetUserByName(string name);
}
