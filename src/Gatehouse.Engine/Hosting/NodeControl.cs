using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Emqx;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Hosting.Cluster;
using Gatehouse.Engine.Ipfs.Checks;
using Gatehouse.Engine.Issuing;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Hosting;

/// <summary>The node as the admin API manages it: its gates live in gatehouse.yaml, so each change is a change of that file.</summary>
internal sealed class NodeControl : INodeControl
{
    private readonly NodeOptions _options;
    private readonly NodeTrust _trust;
    private readonly NodeParts _parts;
    private readonly GateSet _gates;
    private readonly ConfigurationWatcher _watcher;
    private readonly FileAuditTrail _trail;
    private readonly NodeState _state;
    private readonly MetricsPort _metrics;
    private readonly DateTimeOffset _started;

    public NodeControl(
        NodeOptions options,
        NodeTrust trust,
        NodeParts parts,
        GateSet gates,
        ConfigurationWatcher watcher,
        FileAuditTrail trail,
        NodeState state,
        MetricsPort metrics)
    {
        _options = options;
        _trust = trust;
        _parts = parts;
        _gates = gates;
        _watcher = watcher;
        _trail = trail;
        _state = state;
        _metrics = metrics;
        _started = options.Time.GetUtcNow();
    }

    /// <summary>Outputs of the trail.</summary>
    public AuditOutputs? Outputs { get; init; }

    /// <summary>What ties it to other nodes.</summary>
    public NodeCluster? Cluster { get; init; }

    /// <summary>Certificates for others, and what ends soon.</summary>
    public NodeCertificates? Issuing { get; init; }

    /// <inheritdoc/>
    public NodeFacts Facts
    {
        get
        {
            string passwordFile = Path.Combine(_options.DataDirectory, FirstStart.PasswordFileName);
            return new NodeFacts
            {
                Node = _trust.NodeName,
                Version = Node.Version,
                Started = _started,
                DataFolder = _options.DataDirectory,
                ConfigurationFile = _options.ConfigurationFile,
                Store = _state.Store is EtcdStateStore ? StoreConfiguration.Etcd : StoreConfiguration.Sqlite,
                CaFingerprint = _trust.CaFingerprint,
                CaFile = _trust.CaBundlePath,
                CertificateExpires = _parts.Certificates.Expires,
                InitialPasswordFile = File.Exists(passwordFile) ? passwordFile : null,
                ReloadProblems = [.. _watcher.LastProblems, .. Standing()],
            };
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<GateView> Gates => [.. _gates.Status.Select(View)];

    /// <inheritdoc/>
    public async ValueTask<NodeOutcome> AddGateAsync(string actor, GateAddRequest gate, CancellationToken cancellation)
    {
        var added = new GateConfiguration
        {
            Name = gate.Name,
            Protocol = gate.Protocol,
            System = gate.System,
            Listen = gate.Listen,
            Upstream = gate.Upstream,
            RunAs = RecordedOwner(gate.Upstream),
        };
        return await EditAsync(actor, $"gate {gate.Name} added", "gate/" + gate.Name, text => ConfigurationWriter.AddGate(text, added), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<NodeOutcome> ExposeGateAsync(string actor, string name, string? listen, CancellationToken cancellation)
    {
        GateStatus? gate = _gates.Status.FirstOrDefault(s => s.Model.Name == name);
        string wanted = listen ?? FirstStart.Join("0.0.0.0", gate?.Model.Listen.Port ?? 0);
        return await EditAsync(actor, $"gate {name} listens on {wanted}", "gate/" + name, text => ConfigurationWriter.SetGateListen(text, name, wanted), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<GateTestResponse?> TestGateAsync(string name, CancellationToken cancellation)
    {
        GateTestResponse? test = await _gates.TestAsync(name, cancellation);
        if (test is null || _gates.Status.FirstOrDefault(s => s.Model.Name == name) is not { } status)
        {
            return test;
        }

        if (EmqxIdentity.Check(status.Model) is { } identity)
        {
            Add(test, new GateCheck { Name = "identity", Passed = identity.Passed, Detail = identity.Detail });
        }

        if (KuboReach.PortsOf(status.Model) is { Count: > 0 } ports)
        {
            Add(test, await KuboReach.CheckAsync(ports, KuboReach.OwnAddresses(), _options.Time, cancellation));
        }

        return test;

        static void Add(GateTestResponse test, GateCheck check)
        {
            test.Checks = [.. test.Checks, check];
            test.Passed &= check.Passed;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<NodeOutcome> ReloadAsync(string actor, CancellationToken cancellation)
    {
        ImmutableArray<Problem> problems = await _watcher.ReloadAsync(cancellation);
        Record(actor, "gatehouse.yaml read again", "node/configuration", problems.IsEmpty);
        return new NodeOutcome(problems);
    }

    /// <summary>What a start tells.</summary>
    public StartReport Report(NodeConfiguration written, ImmutableArray<FoundSystem> found, bool isFirst)
    {
        string? password = FirstStart.PendingPassword(_options.DataDirectory, _parts.Snapshots.Current.Document);
        string passwordFile = Path.Combine(_options.DataDirectory, FirstStart.PasswordFileName);
        GateView? whoami = Gates.FirstOrDefault(static g => g.Upstream == "builtin:whoami" && g.State == "open");
        return new StartReport
        {
            ApiUrl = "https://" + written.Admin.Listen,
            Password = _options.IsService ? null : password,
            PasswordFile = _options.IsService && password is not null ? passwordFile : null,
            CaFingerprint = _trust.CaFingerprint,
            CaFile = _trust.CaBundlePath,
            Gates = Gates,
            NotOpened = [.. found.Where(static f => Network.KnownPorts.ForGuardedPort(f.Port) is not { IsSupported: true })],
            WhoamiUrl = whoami is null ? null : $"https://{Reachable(whoami.Listen)}/",
            IsFirst = isFirst,
            Problems = [.. Standing()],
        };
    }

    private static string Reachable(string listen) =>
        listen.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "[::1]", StringComparison.Ordinal);

    private IEnumerable<Problem> Standing()
    {
        if (_state.Problem is { } store && Cluster?.IsShared != true)
        {
            yield return StartProblems.RunningWithoutStore.Because($"changes are refused: {store}");
        }

        foreach (Problem problem in Cluster?.Problems ?? [])
        {
            yield return problem;
        }

        foreach (Problem finding in _trail.Findings)
        {
            yield return finding;
        }

        if (_trail.Failure is { } failure)
        {
            yield return failure;
        }

        foreach (Problem certificate in CertificateHealth.Problems(_trust, _options.Time.GetUtcNow()))
        {
            yield return certificate;
        }

        foreach (Problem undelivered in Outputs?.Problems ?? [])
        {
            yield return undelivered;
        }

        if (_metrics.Problem is { } closed)
        {
            yield return closed;
        }

        foreach (Problem ending in Issuing?.Alarms.Problems ?? [])
        {
            yield return ending;
        }
    }

    /// <summary>Edits the file and reloads; what the daemon would refuse is put back as it was.</summary>
    private async ValueTask<NodeOutcome> EditAsync(
        string actor, string summary, string target, Func<string, string> edit, CancellationToken cancellation)
    {
        string before;
        try
        {
            before = await File.ReadAllTextAsync(_options.ConfigurationFile, cancellation);
            string after = edit(before);
            ConfigurationResult check = ConfigurationCheck.Text(after, _options.ConfigurationFile, _options.DataDirectory);
            if (check.Value is null)
            {
                return new NodeOutcome(check.Problems);
            }

            ConfigurationWriter.Replace(_options.ConfigurationFile, after);
        }
        catch (ProblemException fault)
        {
            return new NodeOutcome([fault.Problem]);
        }

        // From here on it is not cancelled: file and node must end up saying the same.
        ImmutableArray<Problem> problems = await _watcher.ReloadAsync(CancellationToken.None);
        if (problems.IsEmpty && _gates.Status.FirstOrDefault(s => "gate/" + s.Model.Name == target) is { State: GateState.Failed, Problem: { } failed })
        {
            problems = [failed];
        }

        if (!problems.IsEmpty)
        {
            ConfigurationWriter.Replace(_options.ConfigurationFile, before);
            await _watcher.ReloadAsync(CancellationToken.None);
        }

        Record(actor, summary, target, problems.IsEmpty);
        return new NodeOutcome(problems);
    }

    private void Record(string actor, string summary, string target, bool succeeded)
    {
        int slash = actor.IndexOf('/', StringComparison.Ordinal);
        _trail.Write(new AuditEvent
        {
            Action = AuditAction.SecurityConfigChange,
            Outcome = succeeded ? AuditOutcome.Success : AuditOutcome.Failure,
            Time = _options.Time.GetUtcNow(),
            Realm = slash > 0 ? actor[..slash] : null,
            User = actor[(slash + 1)..],
            Target = target,
            Message = summary,
            Generation = _parts.Snapshots.Current.Generation,
        });
    }

    /// <summary>Whoever holds the upstream's port when the gate is made may hold it later; nobody else.</summary>
    private static ImmutableArray<string> RecordedOwner(string upstream)
    {
        if (!UpstreamAddress.TryParse(upstream, out UpstreamAddress? address, out _) || address!.Port == 0)
        {
            return [];
        }

        return SocketOwners.FindListener(address.Port) is { } owner && owner.UserId != 0 ? [owner.UserName] : [];
    }

    private GateView View(GateStatus status) => new()
    {
        Name = status.Model.Name,
        Protocol = status.Model.Configuration.Protocol,
        System = status.Model.System,
        Listen = status.Model.Configuration.Listen,
        Upstream = status.Model.Configuration.Upstream,
        Realms = status.Model.Configuration.Realms,
        AsksCertificate = GateModels.AsksCertificate(status.Model.Configuration),
        State = status.State switch { GateState.Listening => "open", GateState.Disabled => "disabled", _ => "failed" },
        Exposed = !System.Net.IPAddress.IsLoopback(status.Model.Listen.Address),
        Connections = _parts.Registry.List().Count(c => c.Gate == status.Model.Name),
        Problem = (status.Problem ?? GateRealmCheck.Look(status.Model.Configuration, _parts.Snapshots.Current.Document) ?? EmqxIdentity.Look(status.Model)) is { } problem
            ? new ErrorBody { Id = problem.Id, Text = problem.Text, Hint = problem.Hint }
            : null,
    };
}
