using System.Collections.Immutable;
using System.Net;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Facts;

/// <summary>What can be seen of one host without changing anything.</summary>
public interface IHost
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>The time of the look.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Processes that run, as far as this user may see them.</summary>
    ImmutableArray<ProcessFact> Processes { get; }

    /// <summary>TCP sockets that listen and UDP sockets that take datagrams.</summary>
    ImmutableArray<SocketFact> Sockets { get; }

    /// <summary>The host's own addresses, loopback among them.</summary>
    ImmutableArray<IPAddress> Addresses { get; }

    /// <summary>Facts of a file or folder, or null where there is none.</summary>
    /// <param name="path">An absolute path.</param>
    FileFact? Look(string path);

    /// <summary>A file's bytes.</summary>
    /// <param name="path">An absolute path.</param>
    /// <returns>The bytes, or why there are none.</returns>
    FileContent Read(string path);

    /// <summary>Names in a folder, sorted; empty where there is none or it may not be read.</summary>
    /// <param name="folder">An absolute path.</param>
    ImmutableArray<string> List(string folder);

    /// <summary>A user's name, or null.</summary>
    string? UserName(uint user);
}

/// <summary>Facts of a file or folder.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Status">Owner, mode, length.</param>
public sealed record FileFact(string Path, FileStatus Status);

/// <summary>What reading a file gave.</summary>
/// <param name="Bytes">The content, or null.</param>
/// <param name="IsMissing">Whether there is no such file.</param>
/// <param name="Why">Why there is no content, as the end of "cannot be read: ...", or null.</param>
public readonly record struct FileContent(byte[]? Bytes, bool IsMissing, string? Why)
{
    /// <summary>Largest file that is read: 16 MiB.</summary>
    public const int Limit = 16 * 1024 * 1024;

    /// <summary>There is no such file.</summary>
    public static FileContent Missing { get; } = new(null, IsMissing: true, "there is no such file");

    /// <summary>It is there and cannot be read.</summary>
    public static FileContent Refused(string why) => new(null, IsMissing: false, why);
}

/// <summary>A running process.</summary>
public sealed record ProcessFact
{
    /// <summary>Its number.</summary>
    public required int Id { get; init; }

    /// <summary>Its short name: <c>beam.smp</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its program's path, or null where it may not be seen.</summary>
    public string? Executable { get; init; }

    /// <summary>Its command line, the program first.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>Its environment as it began, or null where it may not be seen.</summary>
    public ImmutableDictionary<string, string>? Environment { get; init; }

    /// <summary>Its working directory, or null where it may not be seen.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Number of the user whose rights it has.</summary>
    public uint User { get; init; }

    /// <summary>Numbers of its groups, the first one among them.</summary>
    public ImmutableArray<uint> Groups { get; init; } = [];

    /// <summary>The service of the host's own service manager that it belongs to (<c>emqx.service</c>), or null. Only root starts one.</summary>
    public string? Service { get; init; }

    /// <summary>Where its <c>/</c> is on this host: empty for the host's own, <c>/proc/812/root</c> for a container's.</summary>
    public string Root { get; init; } = "";

    /// <summary>Sockets that it listens on; empty where that may not be seen.</summary>
    public ImmutableArray<SocketFact> Sockets { get; init; } = [];

    /// <summary><c>pid 812 (beam.smp)</c>.</summary>
    public string Place => $"pid {Id} ({Name})";

    /// <summary>
    /// Whether a file is meant for it: its user's own, or root's with a group of its that reads it. Any user can start a process that names
    /// any file; what it says of a file that is not meant for it need not be so. Root is anybody.
    /// </summary>
    public bool IsMeant(FileFact file) =>
        User == 0 || file.Status.Owner == User || (file.Status is { Owner: 0, Group: not 0, GroupReads: true } && Groups.Contains(file.Status.Group));
}

/// <summary>A socket that takes connections or datagrams from others.</summary>
/// <param name="EndPoint">Address and port that it is bound to.</param>
/// <param name="IsUdp">UDP, or TCP.</param>
/// <param name="User">Number of the user who opened it.</param>
/// <param name="Inode">Its number in the kernel.</param>
public sealed record SocketFact(IPEndPoint EndPoint, bool IsUdp, uint User, uint Inode)
{
    /// <summary>Whether others than this host reach it.</summary>
    public bool IsExposed => !IPAddress.IsLoopback(EndPoint.Address.IsIPv4MappedToIPv6 ? EndPoint.Address.MapToIPv4() : EndPoint.Address);
}
