using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Text;
using Gatehouse.Trust.Files;
using Microsoft.Win32.SafeHandles;

namespace Gatehouse.Doctor.Facts;

/// <summary>The host that this program runs on.</summary>
public sealed class LinuxHost : IHost
{
    // What a check asks for by itself; no configuration leads there.
    private const string MountTable = "/proc/mounts";

    private readonly Lazy<ImmutableArray<SocketFact>> _sockets = new(SocketTable.Read);
    private readonly Lazy<ImmutableArray<ProcessFact>> _processes;
    private readonly Lazy<ImmutableArray<IPAddress>> _addresses = new(OwnAddresses);
    private readonly Lazy<ImmutableDictionary<uint, string>> _users;

    /// <summary>Takes the time of the look.</summary>
    public LinuxHost(TimeProvider time)
    {
        Now = time.GetUtcNow();
        _processes = new Lazy<ImmutableArray<ProcessFact>>(() => ProcessTable.Read(_sockets.Value));
        _users = new Lazy<ImmutableDictionary<uint, string>>(ReadUsers);
    }

    /// <inheritdoc/>
    public string Name => Environment.MachineName;

    /// <inheritdoc/>
    public DateTimeOffset Now { get; }

    /// <inheritdoc/>
    public ImmutableArray<ProcessFact> Processes => _processes.Value;

    /// <inheritdoc/>
    public ImmutableArray<SocketFact> Sockets => _sockets.Value;

    /// <inheritdoc/>
    public ImmutableArray<IPAddress> Addresses => _addresses.Value;

    /// <inheritdoc/>
    public FileFact? Look(string path) =>
        ContainerPath.Resolve(path) is { } place && FileStatus.TryRead(place, out FileStatus status, out _) ? new FileFact(path, status) : null;

    /// <inheritdoc/>
    public FileContent Read(string path)
    {
        if (ContainerPath.Resolve(path) is not { } place)
        {
            return FileContent.Refused("it lies behind too many links");
        }

        using SafeFileHandle? file = QuietFile.Open(place, isOfTheKernel: path == MountTable, out string? why);
        if (file is null)
        {
            return why is null ? FileContent.Missing : FileContent.Refused(why);
        }

        try
        {
            using var content = new MemoryStream();
            byte[] buffer = new byte[64 * 1024];
            int read;
            while ((read = RandomAccess.Read(file, buffer, content.Length)) > 0)
            {
                content.Write(buffer, 0, read);
                if (content.Length > FileContent.Limit)
                {
                    return FileContent.Refused("it is larger than 16 MiB");
                }
            }

            return new FileContent(content.ToArray(), IsMissing: false, null);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return FileContent.Refused(refused is UnauthorizedAccessException ? "this user may not read it" : refused.Message);
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<string> List(string folder)
    {
        try
        {
            return ContainerPath.Resolve(folder) is { } place
                ? [.. Directory.EnumerateFileSystemEntries(place).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal).Take(10_000)]
                : [];
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public string? UserName(uint user) => _users.Value.GetValueOrDefault(user);

    private static ImmutableArray<IPAddress> OwnAddresses()
    {
        var found = new HashSet<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback };
        try
        {
            foreach (UnicastIPAddressInformation address in NetworkInterface.GetAllNetworkInterfaces().SelectMany(static card => card.GetIPProperties().UnicastAddresses))
            {
                found.Add(address.Address);
            }
        }
        catch (NetworkInformationException)
        {
            // A sandbox without netlink: loopback is there all the same.
        }

        return [.. found.OrderBy(static a => a.AddressFamily).ThenBy(static a => a.ToString(), StringComparer.Ordinal)];
    }

    // Names from the file alone: asking the directory behind it could wait for a server.
    private ImmutableDictionary<uint, string> ReadUsers()
    {
        ImmutableDictionary<uint, string>.Builder users = ImmutableDictionary.CreateBuilder<uint, string>();
        foreach (string line in Encoding.UTF8.GetString(Read("/etc/passwd").Bytes ?? []).Split('\n'))
        {
            if (line.Split(':') is [{ Length: > 0 } name, _, string number, ..] && uint.TryParse(number, out uint id))
            {
                users.TryAdd(id, name);
            }
        }

        return users.ToImmutable();
    }
}
