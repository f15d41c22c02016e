using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>A host that exists on paper: files, owners and processes as a test says.</summary>
internal sealed class PaperHost : IHost
{
    private readonly SortedDictionary<string, (byte[] Bytes, FileStatus Status)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileStatus> _folders = new(StringComparer.Ordinal);

    public PaperHost()
    {
        With("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nipfs:x:900:900::/home/ipfs:/bin/false\nelasticsearch:x:901:901::/nonexistent:/bin/false\n", 0, 0, "0644");
        With("/etc/group", "root:x:0:\nipfs:x:900:\nelasticsearch:x:901:\nshared:x:950:ipfs\n", 0, 0, "0644");
    }

    public string Name => "node-1";

    public DateTimeOffset Now { get; init; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public ImmutableArray<ProcessFact> Processes { get; set; } = [];

    public ImmutableArray<SocketFact> Sockets => [];

    public ImmutableArray<IPAddress> Addresses => [IPAddress.Loopback, IPAddress.Parse("10.0.0.5")];

    public PaperHost With(string path, string text, uint owner = 900, uint group = 900, string mode = "0600") => With(path, Encoding.UTF8.GetBytes(text), owner, group, mode);

    public PaperHost With(string path, byte[] bytes, uint owner, uint group, string mode)
    {
        _files[path] = (bytes, new FileStatus(owner, group, Convert.ToInt32(mode, 8), IsFile: true, IsFolder: false, bytes.Length));
        string folder = Path.GetDirectoryName(path)!;
        bool isState = folder.StartsWith("/var/lib/", StringComparison.Ordinal); // made by the service as it runs
        _folders.TryAdd(folder, new FileStatus(isState ? owner : 0, isState ? group : 0, Convert.ToInt32("0755", 8), IsFile: false, IsFolder: true, 0));
        return this;
    }

    public PaperHost Folder(string path, string mode, uint owner = 0, uint group = 0)
    {
        _folders[path] = new FileStatus(owner, group, Convert.ToInt32(mode, 8), IsFile: false, IsFolder: true, 0);
        return this;
    }

    /// <summary>The host after a plan was applied.</summary>
    public PaperHost After(HardenPlan plan)
    {
        foreach (FileChange change in plan.Changes)
        {
            With(change.Path, change.New, change.Rights.Owner, change.Rights.Group, change.Rights.Octal);
        }

        return this;
    }

    public FileFact? Look(string path) =>
        _files.TryGetValue(path, out (byte[] Bytes, FileStatus Status) file) ? new FileFact(path, file.Status)
        : _folders.TryGetValue(path, out FileStatus folder) ? new FileFact(path, folder)
        : null;

    public FileContent Read(string path) => _files.TryGetValue(path, out (byte[] Bytes, FileStatus Status) file) ? new FileContent(file.Bytes, IsMissing: false, null) : FileContent.Missing;

    public ImmutableArray<string> List(string folder) => [.. _files.Keys.Where(path => Path.GetDirectoryName(path) == folder).Select(static path => Path.GetFileName(path))];

    public string? UserName(uint user) => user switch { 0 => "root", 900 => "ipfs", 901 => "elasticsearch", _ => null };
}
