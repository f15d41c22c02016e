using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Reflection;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Auditing.Searching;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Hosting.Cluster;
using Gatehouse.Engine.Hosting.Starting;
using Gatehouse.Engine.Ipfs;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Engine.Issuing;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>
/// A running node. Starts in numbered stages, each idempotent, and stops in the opposite order; what a stage made before a
/// failed one is disposed of.
/// </summary>
internal sealed class Node : IAsyncDisposable
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);
    private readonly Stack<IAsyncDisposable> _made = new();
    private readonly NodeOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;

    private Node(NodeOptions options, ILoggerFactory loggers)
    {
        _options = options;
        _loggers = loggers;
        _logger = loggers.CreateLogger<Node>();
    }

    /// <summary>What the person who started it is told.</summary>
    [NotNull]
    public StartReport? Report { get; private set; }

    private GateSet? Gates { get; set; }

    private AdminServer? Admin { get; set; }

    private ConfigurationWatcher? Watcher { get; set; }

    private FileAuditTrail? Trail { get; set; }

    private NodeCluster? Cluster { get; set; }

    private MetricsPort? Metrics { get; set; }

    private AuditOutputs? Outputs { get; set; }

    private AuditReload? AuditChanges { get; set; }

    private NodeCertificates? Certificates { get; set; }

    /// <summary>The product's version.</summary>
    public static string Version { get; } =
        typeof(Node).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Starts a node.</summary>
    /// <exception cref="ProblemException">It cannot run; what was made stays for the next start.</exception>
    public static async Task<Node> StartAsync(NodeOptions options, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var node = new Node(options, loggers);
        try
        {
            await node.RunStagesAsync(cancellation);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads gatehouse.yaml again, as SIGHUP asks.</summary>
    public async Task ReloadAsync()
    {
        if (Watcher is not null)
        {
            await Watcher.ReloadAsync(CancellationToken.None);
        }
    }

    /// <summary>Stops in order: no new connections, those at work have ten seconds, the trail is closed last.</summary>
    public async Task StopAsync()
    {
        Log.Stopping(_logger, DrainTime.TotalSeconds);
        Metrics?.Stopping();
        using var drain = new CancellationTokenSource(DrainTime, _options.Time);
        if (Gates is not null)
        {
            await Gates.StopAsync(drain.Token);
        }

        if (Admin is not null)
        {
            await Admin.StopAsync(drain.Token);
        }

        Trail?.Write(new AuditEvent { Action = AuditAction.NodeStopped, Outcome = AuditOutcome.Success, Time = _options.Time.GetUtcNow() });
        await DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_made.TryPop(out IAsyncDisposable? made))
        {
            await made.DisposeAsync();
        }
    }

    private async Task RunStagesAsync(CancellationToken cancellation)
    {
        StartAhead.Begin(_options.DataDirectory);

        // 1. The data folder is ours alone. A configuration that cannot be used ends the start before anything is made.
        PrivateFolder.Ensure(_options.DataDirectory);
        Keep(DataFolderLock.Take(_options.DataDirectory));
        NodeMembers.EnsureNotLeft(_options.DataDirectory);
        NodeConfiguration? written = ReadConfiguration();

        // 2. Keys, CA, certificates.
        NodeTrust trust = Keep(await EnsureTrustAsync(written, cancellation));

        // 3. The cluster state, with an administrator in an empty store.
        NodeState state = await NodeState.OpenAsync(_options, written ?? new NodeConfiguration(), trust, _loggers, cancellation);
        _made.Push(state.Store);

        // 4. The configuration, decided on from what answers on this host where there is none.
        ImmutableArray<FoundSystem> found = [];
        bool decided = written is null;
        if (written is null)
        {
            found = await SystemDiscovery.FindAsync(cancellation);
            written = FirstStart.Decide(_options, found, static port => SocketOwners.FindListener(port)?.UserName);
            ConfigurationWriter.Replace(_options.ConfigurationFile, ConfigurationWriter.Write(written));
        }

        // 5. The trail, before anything can be decided.
        string auditFolder = NodeTrail.FolderOf(written, _options);
        IAuditAnchor anchor = NodeTrail.AnchorOf(state.Store, trust);
        Trail = await OpenTrailAsync(written, trust, auditFolder, anchor, cancellation);
        AuditIndexes indexes = StartIndexes(auditFolder, trust);

        // 6. Steps 1 to 6 of every request.
        NodeParts parts = Keep(NodeParts.Make(_options, written, trust, state, Trail, _loggers));
        await LoadLedgersAsync(parts, waits: state.Problem is null, cancellation);
        Certificates = Keep(new NodeCertificates(trust, parts.Snapshots, parts.Changes, state.Store, _options.DataDirectory, _options.Time, _loggers));

        // 7. Gates; one that cannot listen says so and keeps no other from opening.
        Gates = new GateSet(parts.GateEnvironment);
        Cluster = NodeCluster.Make(_options, written, trust, parts, state, _loggers);
        Metrics = new MetricsPort(parts.Sources(state, Gates, Trail, () => Outputs?.All ?? []) with { Mesh = () => Cluster?.Mesh }, parts);
        Watcher = await StartGatesAsync(written, parts, cancellation);
        LookAfterPins(parts, Gates);

        // 8. The admin API, with which everything else is managed.
        var control = new NodeControl(_options, trust, parts, Gates, Watcher, Trail, state, Metrics) { Outputs = Outputs, Cluster = Cluster, Issuing = Certificates };
        Admin = await StartAdminAsync(written, parts, state, control, new AuditFolderFacts(auditFolder, trust, anchor, indexes), cancellation);
        Watcher.Start();
        Cluster.Start();
        Started(parts, state, trust);

        // The first password's file goes as soon as the administrator has another.
        parts.Snapshots.Swapped += next => FirstStart.PendingPassword(_options.DataDirectory, next.Document);
        Report = control.Report(written, found, decided || state.IsNew);
        Log.Ready(_logger, Version, trust.NodeName, state.First.Generation);
    }

    private async Task<NodeTrust> EnsureTrustAsync(NodeConfiguration? written, CancellationToken cancellation) => await TrustBootstrap.EnsureAsync(
        new TrustOptions
        {
            DataDirectory = _options.DataDirectory,
            NodeName = written?.Node ?? _options.NodeName,
            NodeKeyPath = _options.NodeKeyPath,
            ServerNames = written?.Tls.Names ?? [],
            Time = _options.Time,
        },
        cancellation);

    /// <summary>Who owns what at the guarded systems, before anybody may ask. A store that is away is waited for by nobody: they refuse until they know.</summary>
    private async Task LoadLedgersAsync(NodeParts parts, bool waits, CancellationToken cancellation)
    {
        _made.Push(parts.ClientIds);
        _made.Push(parts.Pins);
        Task loading = Task.WhenAll(parts.ClientIds.LoadAsync(cancellation).AsTask(), parts.Pins.LoadAsync(cancellation).AsTask());
        await (waits ? loading : Task.CompletedTask);
    }

    private void LookAfterPins(NodeParts parts, GateSet gates)
    {
        var pins = new PinSource(parts.GateEnvironment, () => gates.Status.Select(static gate => gate.Model));
        parts.PinSource = pins;
        _made.Push(new PinUpkeep(new PinRepair(parts.Pins, parts.PinMarks), new PinSweep(parts.Pins, _options.Time), pins, _options.Time, _loggers.CreateLogger<PinUpkeep>()));
    }

    /// <summary>The outputs are made before the trail and end after it: its last record goes out too.</summary>
    private async Task<FileAuditTrail> OpenTrailAsync(
        NodeConfiguration written, NodeTrust trust, string auditFolder, IAuditAnchor anchor, CancellationToken cancellation)
    {
        var delivery = new AuditDelivery();
        Outputs = NodeOutputs.Make(written, _options, auditFolder, trust.NodeName, delivery, _loggers);
        _made.Push(Outputs);
        FileAuditTrail trail = await NodeTrail.OpenAsync(
            written, trust, auditFolder, anchor, delivery, _options.Time, _loggers.CreateLogger<FileAuditTrail>(), cancellation);
        _made.Push(trail);
        Outputs.Start(trail.Write);
        AuditChanges = new AuditReload(written, _options, trust.NodeName, trail, Outputs);
        return trail;
    }

    private AuditIndexes StartIndexes(string auditFolder, NodeTrust trust)
    {
        var indexes = new AuditIndexes(auditFolder, new NodeAuditSigner(trust), [trust.SigningPublicKey], _options.Time);
        _made.Push(indexes);
        indexes.Start();
        return indexes;
    }

    private NodeConfiguration? ReadConfiguration()
    {
        if (!File.Exists(_options.ConfigurationFile))
        {
            return null;
        }

        ConfigurationResult result = ConfigurationCheck.File(_options.ConfigurationFile, _options.DataDirectory);
        foreach (Problem problem in result.Problems.Skip(1))
        {
            Log.Problem(_logger, problem.ToString());
        }

        return result.Value ?? throw new ProblemException(result.Problems[0]);
    }

    private async Task<ConfigurationWatcher> StartGatesAsync(NodeConfiguration written, NodeParts parts, CancellationToken cancellation)
    {
        // Disposed of in the opposite order: health is told until the last gate is closed.
        _made.Push(Metrics!); // all are made right before the only call
        _made.Push(Cluster!);
        _made.Push(Gates!);
        ImmutableArray<Problem> problems = await ApplyAsync(parts, written, cancellation);
        if (!problems.IsEmpty)
        {
            throw new ProblemException(problems[0]);
        }

        var watcher = new ConfigurationWatcher(
            _options.ConfigurationFile,
            written,
            path => ConfigurationCheck.File(path, _options.DataDirectory),
            (next, stop) => ApplyAsync(parts, next, stop),
            _options.Time,
            _loggers.CreateLogger<ConfigurationWatcher>());
        _made.Push(watcher);
        return watcher;
    }

    private async ValueTask<ImmutableArray<Problem>> ApplyAsync(NodeParts parts, NodeConfiguration next, CancellationToken cancellation)
    {
        var problems = new List<Problem>();
        IReadOnlyList<GateModel>? models = parts.Models.Make(next, problems);
        AuditReload.Prepared? audit = AuditChanges!.Prepare(next, problems); // made with the trail
        MeshSettings? mesh = Cluster!.Prepare(next, problems);
        if (models is null || audit is null || mesh is null)
        {
            return [.. problems];
        }

        // Both are made a line before the first call. A gate may take the metrics' port, or they that of a gate.
        await Metrics!.ReleaseAsync(next);
        await Gates!.ApplyAsync(models, cancellation);
        await Cluster.ApplyAsync(next, mesh);
        await Metrics.ApplyAsync(next, cancellation);
        if (Metrics.Problem is { } closed)
        {
            Log.Problem(_logger, closed.ToString());
        }

        await AuditChanges.CommitAsync(audit);
        Certificates!.Files = [.. next.Gates.Where(static gate => gate.CertificateFile is not null).Select(static gate => new CertificateInFile($"certificate of gate {gate.Name}", gate.CertificateFile!))];
        Certificates.Alarms.Look();
        foreach (Problem unknown in next.Gates.Select(gate => GateRealmCheck.Look(gate, parts.Snapshots.Current.Document)).OfType<Problem>())
        {
            Log.Note(_logger, unknown.ToString());
        }

        return [];
    }

    private async Task<AdminServer> StartAdminAsync(
        NodeConfiguration written, NodeParts parts, NodeState state, NodeControl control, AuditFolderFacts audit, CancellationToken cancellation)
    {
        var services = new AdminServices
        {
            Snapshots = parts.Snapshots,
            Changes = parts.Changes,
            Node = control,
            Authenticator = parts.Realm,
            Trail = parts.Trail,
            AuditAccess = new FolderAuditAccess(audit.Directory, [audit.Trust.SigningPublicKey], audit.Anchor, audit.Indexes, _options.Time),
            Generations = state.DocumentAsync,
            History = state.HistoryAsync,
            Connections = parts.Registry,
            Names = parts.Names,
            ClientIds = new ClientIdAccess(parts.ClientIds, parts.Trail, parts.Snapshots, _options.Time),
            Pins = new PinOwnerAccess(parts.Pins, parts.PinMarks, parts.PinSource, parts.Trail, parts.Snapshots, _options.Time),
            Realms = new RealmDirectory(parts.Realm, parts.Snapshots),
            Issuing = Certificates,
            Time = _options.Time,
            IsOwnHost = new OwnHosts(written.Admin.Listen, parts.CertificateNames).Contains,
        };
        if (!ListenAddress.TryParse(written.Admin.Listen, out IPEndPoint? https, out string? why))
        {
            throw StartProblems.StartFailed.Exception($"`admin.listen: {written.Admin.Listen}`: {why}");
        }

        var server = new AdminServer(
            new AdminListeners
            {
                Https = https,
                SocketPath = Path.Combine(_options.DataDirectory, "gatehouse.sock"),
                Certificates = parts.Certificates,
                Limits = written.Limits,
                TlsProfile = written.Tls.Profile,
            },
            Cluster!.Serve(services), // made with the gates
            parts.Pipeline,
            _loggers);
        _made.Push(server);
        await server.StartAsync(cancellation);
        return server;
    }

    private void Started(NodeParts parts, NodeState state, NodeTrust trust)
    {
        DateTimeOffset now = _options.Time.GetUtcNow();
        if (state.IsNew)
        {
            parts.Trail.Write(new AuditEvent
            {
                Action = AuditAction.SecurityConfigChange,
                Outcome = AuditOutcome.Success,
                Time = now,
                User = "first-start",
                Realm = "gatehouse",
                Target = "user/" + FirstStart.AdminName,
                Generation = state.First.Generation,
                Message = "made by the first start",
            });
        }

        parts.Trail.Write(new AuditEvent
        {
            Action = AuditAction.NodeStarted,
            Outcome = AuditOutcome.Success,
            Time = now,
            Generation = state.First.Generation,
            Message = $"version {Version}, node {trust.NodeName}",
        });
    }

    private T Keep<T>(T made)
        where T : IDisposable
    {
        _made.Push(new Synchronous(made));
        return made;
    }

    private sealed class Synchronous(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed record AuditFolderFacts(string Directory, NodeTrust Trust, IAuditAnchor Anchor, AuditIndexes Indexes);
}
