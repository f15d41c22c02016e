using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ignite;

/// <summary>Finds nodes: what runs, then files that nothing runs with. A file of the cluster belongs to every node beside it.</summary>
internal sealed class IgniteDiscovery(IHost host, ExaminationRequest request)
{
    // Packages, the image, and archives unpacked where people unpack them.
    private static readonly string[] Homes = ["/usr/share/ignite3db", "/opt/ignite", "/opt/ignite3", "/opt/ignite3db"];
    private static readonly string[] Places = ["/etc/ignite3db/ignite-config.conf", .. Homes.Select(static home => home + "/etc/ignite-config.conf")];

    private readonly List<IgniteSubject> _found = [];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IReadOnlyList<IgniteSubject> Find()
    {
        ImmutableArray<FoundFile> named = [.. request.Files.SelectMany(path => FoundFile.At(host, path))];
        ImmutableArray<IgniteFile> clusters = [.. named.Where(static file => file.IsCluster).Select(static file => file.File)];
        foreach (ProcessFact process in host.Processes.Where(IgniteProcess.IsIgnite3))
        {
            AddProcess(process, clusters);
        }

        foreach (ProcessFact process in host.Processes.Where(process => request.Files.IsEmpty && IgniteProcess.IsIgnite2(process)))
        {
            _found.Add(OfIgnite2(process));
        }

        IEnumerable<FoundFile> nodes = request.Files.IsEmpty ? UsualPlaces().SelectMany(path => FoundFile.At(host, path)) : named;
        foreach (FoundFile node in nodes.Where(file => !file.IsCluster && _used.Add(file.File.Path)))
        {
            _found.Add(OfFile(node.File, clusters));
        }

        _found.AddRange(request.Files.SelectMany(path => ComposedIgnite.At(host, path, clusters.FirstOrDefault())));

        // The first belongs to the nodes; where there is none, or there are more, they stand alone.
        bool hasNode = _found.Any(static subject => !subject.IsIgnite2);
        foreach (IgniteFile cluster in clusters.Skip(hasNode ? 1 : 0))
        {
            _found.Add(new IgniteSubject { Name = cluster.Path, Host = host, Cluster = cluster, Layers = LayersOf([cluster], null) });
        }

        return _found;
    }

    private void AddProcess(ProcessFact process, ImmutableArray<IgniteFile> clusters)
    {
        (string? path, string lack) = IgniteProcess.ConfigOf(process);
        string? onHost = path is null ? null : process.Root + path;
        if (onHost is null ? !request.Files.IsEmpty : !request.Wants(onHost))
        {
            return;
        }

        IgniteFile? node = onHost is null ? null : IgniteFile.Read(host, onHost);
        if (onHost is not null)
        {
            _used.Add(onHost);
        }

        IgniteFile? cluster = clusters.FirstOrDefault() ?? Beside(onHost);
        _found.Add(new IgniteSubject
        {
            Name = onHost ?? process.Place,
            Host = host,
            Process = process,
            Version = IgniteProcess.VersionOf(host, process),
            Node = node,
            NodeLack = lack,
            Cluster = cluster,
            WorkFolder = IgniteProcess.WorkFolderOf(process),
            JavaFlags = IgniteProcess.FlagsOf(process),
            KnowsJavaFlags = process.Environment is not null,
            Account = IgniteProcess.AccountOf(host, process),
            Layers = LayersOf([node, cluster], process),
        });
    }

    private IgniteSubject OfIgnite2(ProcessFact process) => new()
    {
        Name = process.Place,
        Host = host,
        Process = process,
        IsIgnite2 = true,
        Version = IgniteProcess.VersionOf(host, process),
        JavaFlags = IgniteProcess.FlagsOf(process),
        KnowsJavaFlags = process.Environment is not null,
        Account = IgniteProcess.AccountOf(host, process),
        Layers = LayersOf([], process),
    };

    private IgniteSubject OfFile(IgniteFile node, ImmutableArray<IgniteFile> clusters)
    {
        IgniteFile? cluster = clusters.FirstOrDefault() ?? Beside(node.Path);
        StartFiles start = StartFiles.Of(host, node.Path);
        return new IgniteSubject
        {
            Name = node.Path,
            Host = host,
            Version = start.Version,
            Node = node,
            Cluster = cluster,
            WorkFolder = start.WorkFolder,
            JavaFlags = start.JavaFlags,
            KnowsJavaFlags = start.KnowsJavaFlags,
            Account = start.Account,
            Layers = LayersOf([node, cluster], null),
        };
    }

    // Only where nothing was named: a file that nobody named is not looked at.
    private IgniteFile? Beside(string? node)
    {
        if (node is null || !request.Files.IsEmpty)
        {
            return null;
        }

        string folder = node[..node.LastIndexOf('/')];
        return FoundFile.At(host, folder).FirstOrDefault(file => file.IsCluster && file.File.Path != node)?.File;
    }

    private IEnumerable<string> UsualPlaces() =>
        Places.Concat(host.List("/opt").Where(static name => name.StartsWith("ignite3-db-", StringComparison.Ordinal)).Select(static name => $"/opt/{name}/etc/ignite-config.conf"));

    private static ImmutableArray<string> LayersOf(IgniteFile?[] files, ProcessFact? process)
    {
        var layers = ImmutableArray.CreateBuilder<string>();
        if (files.Any(static file => file is { Fault: null }))
        {
            layers.Add("file");
        }

        if (process is not null)
        {
            layers.Add("process");
        }

        if (process is { Sockets.IsEmpty: false })
        {
            layers.Add("port");
        }

        return layers.ToImmutable();
    }
}
