using System.Collections.Frozen;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ignite;

/// <summary>One node behind a gate.</summary>
/// <param name="Name">The entry's name; the gate's own for its <c>upstream</c>.</param>
/// <param name="Pool">Opens connections to it.</param>
internal sealed record NodeTarget(string Name, UpstreamPool Pool);

/// <summary>What an Ignite gate runs a connection on.</summary>
internal sealed class IgniteGateModel : IDisposable
{
    private readonly NodeTarget _default;
    private readonly NodeTarget[] _nodes;
    private readonly FrozenDictionary<string, NodeTarget> _byName;
    private readonly Lock _gate = new();
    private int _users;
    private bool _isReplaced;

    public IgniteGateModel(GateModel model, GateEnvironment environment, JobBook jobs)
    {
        Model = model;
        Options = model.Configuration.Ignite ?? new IgniteConfiguration();
        Jobs = jobs;
        _default = new NodeTarget(model.Name, PoolOf(model, model.Upstream.Address, environment));
        Dictionary<string, NodeTarget> byName = new(StringComparer.OrdinalIgnoreCase);
        List<NodeTarget> nodes = [];
        foreach (IgniteNodeConfiguration node in Options.Nodes)
        {
            if (!UpstreamAddress.TryParse(node.Upstream, out UpstreamAddress? address, out _))
            {
                // The configuration was checked; a node that cannot be reached is none.
                continue;
            }

            var target = new NodeTarget(node.Name, PoolOf(model, address, environment));
            nodes.Add(target);
            foreach (string name in node.ServerNames)
            {
                byName[name] = target;
            }
        }

        _nodes = [.. nodes];
        _byName = byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        Tables = new TableBook(_default.Pool, model.Name, Options.TablesRefresh, environment.Time, environment.Loggers.CreateLogger<TableBook>());
    }

    /// <summary>The gate's model.</summary>
    public GateModel Model { get; }

    /// <summary>Its settings for Ignite.</summary>
    public IgniteConfiguration Options { get; }

    /// <summary>Names of tables.</summary>
    public TableBook Tables { get; }

    /// <summary>Whose jobs are whose.</summary>
    public JobBook Jobs { get; }

    /// <summary>What the gate runs on since; null while this is it.</summary>
    public IgniteGateModel? Successor { get; set; }

    /// <summary>The model in force.</summary>
    public GateModel Newest
    {
        get
        {
            IgniteGateModel newest = this;
            while (newest.Successor is { } next)
            {
                newest = next;
            }

            return newest.Model;
        }
    }

    /// <summary>The settings in force: what they forbid is forbidden on connections from before, too.</summary>
    public IgniteConfiguration NewestOptions
    {
        get
        {
            IgniteGateModel newest = this;
            while (newest.Successor is { } next)
            {
                newest = next;
            }

            return newest.Options;
        }
    }

    /// <summary>The node for a TLS server name, null for none; null where nothing is behind it.</summary>
    public NodeTarget? TargetFor(string? serverName) =>
        serverName is not null && _byName.TryGetValue(serverName, out NodeTarget? target) ? target
        : Options.ServerNamesOnly ? null
        : _default;

    /// <summary>
    /// A connection runs on it from now on: names of tables are those of the cluster that it was made for, until the last one has ended.
    /// </summary>
    public void Enter()
    {
        lock (_gate)
        {
            _users++;
        }
    }

    /// <summary>A connection has ended.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_users > 0 || !_isReplaced)
            {
                return;
            }
        }

        Tables.Dispose();
    }

    /// <summary>Lets live connections end on their own.</summary>
    public void Dispose()
    {
        bool isUsed;
        lock (_gate)
        {
            _isReplaced = true;
            isUsed = _users > 0;
        }

        if (!isUsed)
        {
            Tables.Dispose();
        }

        _default.Pool.Dispose();
        foreach (NodeTarget node in _nodes)
        {
            node.Pool.Dispose();
        }
    }

    private static UpstreamPool PoolOf(GateModel model, UpstreamAddress address, GateEnvironment environment) => new(
        model.Upstream with { Address = address, MaxConnections = int.MaxValue }, new UpstreamOwners(environment.Owners, model.Owners), environment.Time);
}
