using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Tests;

/// <summary>
/// A host in memory: files with owner and mode, processes, sockets, addresses, users, a time that stands. Nothing of the machine that the
/// tests run on is seen through it. Folders above a file are there by themselves, of root and 0755.
/// </summary>
internal sealed class FakeHost : IHost
{
    /// <summary>Files at the top of a fixture's folder that say something about it and are no part of the host.</summary>
    private static readonly string[] OwnFiles = ["host.txt", "expected.txt"];

    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal) { ["/"] = new Entry(null, Status("0755", 0, 0, isFolder: true, 0)) };
    private readonly List<string> _hidden = [];
    private readonly Dictionary<uint, string> _users = new() { [0] = "root" };
    private uint _inode = 1000;

    /// <inheritdoc/>
    public string Name { get; init; } = "lab";

    /// <inheritdoc/>
    public DateTimeOffset Now { get; init; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public ImmutableArray<ProcessFact> Processes { get; private set; } = [];

    /// <inheritdoc/>
    public ImmutableArray<SocketFact> Sockets { get; private set; } = [];

    /// <inheritdoc/>
    public ImmutableArray<IPAddress> Addresses { get; private set; } = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    /// <summary>Paths whose content somebody asked for, in order.</summary>
    public List<string> Reads { get; } = [];

    /// <summary>Puts a file there, in place of one that may be there.</summary>
    public FakeHost File(string path, string text, string mode = "0640", uint owner = 0, uint group = 0) => File(path, Encoding.UTF8.GetBytes(text), mode, owner, group);

    /// <summary>Puts a file there, in place of one that may be there.</summary>
    public FakeHost File(string path, byte[] bytes, string mode = "0640", uint owner = 0, uint group = 0)
    {
        Parents(path);
        _entries[path] = new Entry(bytes, Status(mode, owner, group, isFolder: false, bytes.Length));
        return this;
    }

    /// <summary>Puts a file there that can be looked at and not be read.</summary>
    public FakeHost Unreadable(string path, string mode = "0600", uint owner = 0, uint group = 0)
    {
        Parents(path);
        _entries[path] = new Entry(null, Status(mode, owner, group, isFolder: false, 100));
        return this;
    }

    /// <summary>Puts a folder there.</summary>
    public FakeHost Folder(string path, string mode = "0755", uint owner = 0, uint group = 0)
    {
        Parents(path);
        _entries[path] = new Entry(null, Status(mode, owner, group, isFolder: true, 0));
        return this;
    }

    /// <summary>Changes owner and mode of what is there.</summary>
    public FakeHost Mode(string path, string mode, uint owner = 0, uint group = 0)
    {
        Entry entry = _entries[path];
        _entries[path] = entry with { Status = Status(mode, owner, group, entry.Status.IsFolder, entry.Status.Length) };
        return this;
    }

    /// <summary>Lets nobody look at or below a path.</summary>
    public FakeHost Hidden(string path)
    {
        _hidden.Add(path);
        return this;
    }

    /// <summary>Names a user.</summary>
    public FakeHost User(uint number, string name)
    {
        _users[number] = name;
        return this;
    }

    /// <summary>Gives the host an address more.</summary>
    public FakeHost Address(string address)
    {
        Addresses = Addresses.Add(IPAddress.Parse(address));
        return this;
    }

    /// <summary>Runs a process; of one number the last one stays.</summary>
    public FakeHost Process(ProcessFact process)
    {
        Processes = [.. Processes.Where(p => p.Id != process.Id).Append(process).OrderBy(static p => p.Id)];
        return this;
    }

    /// <summary>Runs a process whose environment can be seen, as a service.</summary>
    public FakeHost Process(int id, string name, string arguments, IReadOnlyDictionary<string, string>? environment = null, uint user = 0, string root = "", string workingDirectory = "/") =>
        Process(new ProcessFact
        {
            Id = id,
            Name = name,
            Arguments = Words(arguments),
            Environment = (environment ?? ImmutableDictionary<string, string>.Empty).ToImmutableDictionary(StringComparer.Ordinal),
            WorkingDirectory = workingDirectory,
            User = user,
            Groups = [user],
            Service = "it.service",
            Root = root,
        });

    /// <summary>Opens a socket (<c>0.0.0.0:1883</c>, <c>[::]:1883</c>), of a process or of nobody that can be seen.</summary>
    public FakeHost Socket(string endPoint, int? process = null, bool isUdp = false)
    {
        ProcessFact? owner = process is null ? null : Processes.Single(p => p.Id == process);
        var socket = new SocketFact(IPEndPoint.Parse(endPoint), isUdp, owner?.User ?? 0, ++_inode);
        Sockets = [.. Sockets.Append(socket).OrderBy(static s => s.EndPoint.Port)];
        return owner is null ? this : Process(owner with { Sockets = owner.Sockets.Add(socket) });
    }

    /// <summary>
    /// Puts a folder's files there, as <c>/</c> or below a path: mode 0640, of root, in folders of 0755. Where the folder has a <c>host.txt</c>,
    /// its lines say what files cannot; they are described at <see cref="Describe"/>.
    /// </summary>
    /// <param name="fixture">A folder below <c>Fixtures</c>, or an absolute one.</param>
    /// <param name="under">Where its files come to lie.</param>
    public FakeHost Load(string fixture, string under = "/")
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", fixture);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"no fixture {folder}");
        }

        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(folder, file).Replace('\\', '/');
            if (!OwnFiles.Contains(name))
            {
                File($"{under.TrimEnd('/')}/{name}", System.IO.File.ReadAllBytes(file));
            }
        }

        string description = Path.Combine(folder, "host.txt");
        return System.IO.File.Exists(description) ? Describe(System.IO.File.ReadAllText(description)) : this;
    }

    /// <summary>
    /// Takes lines; empty ones and those that begin with <c>#</c> say nothing:
    /// <code>
    /// user 990 emqx
    /// address 10.0.0.5
    /// mode /etc/emqx/emqx.conf 0644 990 990
    /// folder /var/lib/emqx 0700 990
    /// unreadable /etc/emqx/secret.key 0600 990
    /// hidden /root
    /// process 812 beam.smp user=990 cwd=/var/lib/emqx root=/proc/812/root exe=/usr/bin/beam.smp -- beam.smp -name emqx@10.0.0.5
    /// env 812 EMQX_NODE__COOKIE=text to the end of the line
    /// noenv 812
    /// socket 0.0.0.0:1883 812
    /// udp 0.0.0.0:14567 812
    /// </code>
    /// </summary>
    public FakeHost Describe(string text)
    {
        foreach (string line in text.Split('\n').Select(static l => l.Trim()).Where(static l => l.Length > 0 && l[0] != '#'))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (parts[0])
            {
                case "user":
                    User(Number(parts[1]), parts[2]);
                    break;
                case "address":
                    Address(parts[1]);
                    break;
                case "mode":
                    Mode(parts[1], parts[2], Owner(parts, 3), Owner(parts, 4));
                    break;
                case "folder":
                    Folder(parts[1], parts[2], Owner(parts, 3), Owner(parts, 4));
                    break;
                case "unreadable":
                    Unreadable(parts[1], parts[2], Owner(parts, 3), Owner(parts, 4));
                    break;
                case "hidden":
                    Hidden(parts[1]);
                    break;
                case "process":
                    DescribeProcess(line);
                    break;
                case "env":
                    Variable(int.Parse(parts[1], CultureInfo.InvariantCulture), line.Split(' ', 3)[2]);
                    break;
                case "noenv":
                    Process(Processes.Single(p => p.Id == Number(parts[1])) with { Environment = null });
                    break;
                case "socket" or "udp":
                    Socket(parts[1], parts.Length > 2 ? int.Parse(parts[2], CultureInfo.InvariantCulture) : null, parts[0] == "udp");
                    break;
                default:
                    throw new FormatException($"a host is not described by: {line}");
            }
        }

        return this;
    }

    /// <inheritdoc/>
    public FileFact? Look(string path) => !IsHidden(path) && _entries.TryGetValue(Plain(path), out Entry? entry) ? new FileFact(path, entry.Status) : null;

    /// <inheritdoc/>
    public FileContent Read(string path)
    {
        Reads.Add(path);
        if (IsHidden(path))
        {
            return FileContent.Refused("this user may not look there");
        }

        return !_entries.TryGetValue(Plain(path), out Entry? entry) ? FileContent.Missing
            : entry.Status.IsFolder ? FileContent.Refused("it is a folder")
            : entry.Bytes is null ? FileContent.Refused("this user may not read it")
            : new FileContent([.. entry.Bytes], IsMissing: false, null);
    }

    /// <inheritdoc/>
    public ImmutableArray<string> List(string folder)
    {
        if (IsHidden(folder))
        {
            return [];
        }

        string start = Plain(folder).TrimEnd('/') + "/";
        return
        [
            .. _entries.Keys.Where(path => path.Length > start.Length && path.StartsWith(start, StringComparison.Ordinal))
                .Select(path => path[start.Length..].Split('/')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
    }

    /// <inheritdoc/>
    public string? UserName(uint user) => _users.GetValueOrDefault(user);

    private static FileStatus Status(string mode, uint owner, uint group, bool isFolder, long length) =>
        new(owner, group, Convert.ToInt32(mode, 8), !isFolder, isFolder, length);

    private static string Plain(string path) => path.Length > 1 ? path.TrimEnd('/') : path;

    private static ImmutableArray<string> Words(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);

    private static uint Owner(string[] parts, int at) => parts.Length > at ? Number(parts[at]) : 0;

    private void Parents(string path)
    {
        if (path.Length == 0 || path[0] != '/')
        {
            throw new ArgumentException("a path on a host is absolute", nameof(path));
        }

        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            _entries.TryAdd(path[..slash], new Entry(null, Status("0755", 0, 0, isFolder: true, 0)));
        }
    }

    private bool IsHidden(string path) => _hidden.Any(hidden => path == hidden || path.StartsWith(hidden + "/", StringComparison.Ordinal));

    private void DescribeProcess(string line)
    {
        string[] halves = line.Split(" -- ", 2);
        string[] parts = halves[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> facts = parts.Skip(3).Select(static p => p.Split('=', 2)).ToDictionary(static p => p[0], static p => p[1], StringComparer.Ordinal);
        Process(int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2], halves[1], user: Number(facts.GetValueOrDefault("user", "0")), root: facts.GetValueOrDefault("root", ""));
        Process(Processes.Single(p => p.Id == Number(parts[1])) with { WorkingDirectory = facts.GetValueOrDefault("cwd"), Executable = facts.GetValueOrDefault("exe") });
    }

    private void Variable(int process, string text)
    {
        ProcessFact owner = Processes.Single(p => p.Id == process);
        string[] pair = text.Split('=', 2);
        Process(owner with { Environment = (owner.Environment ?? ImmutableDictionary<string, string>.Empty).SetItem(pair[0], pair[1]) });
    }

    private sealed record Entry(byte[]? Bytes, FileStatus Status);
}
