using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;

namespace Gatehouse.Engine.Swarm;

/// <summary>What a swarm gate runs connections on. Its keys are zeroed when it is replaced and the last of its connections has ended.</summary>
internal sealed class SwarmGateModel : IDisposable
{
    private readonly Lock _lock = new();
    private readonly UpstreamPool _pool;
    private int _users;
    private bool _replaced;

    public SwarmGateModel(GateModel model, GateEnvironment environment)
    {
        Model = model;
        Options = model.Configuration.Swarm ?? new SwarmConfiguration();
        Keys = model.Swarm ?? throw new InvalidOperationException("a swarm gate without keys");
        _pool = new UpstreamPool(
            model.Upstream with { MaxConnections = int.MaxValue }, new UpstreamOwners(environment.Owners, model.Owners), environment.Time);
        Forwarder = new SwarmForwarder(_pool);
    }

    /// <summary>The gate's model.</summary>
    public GateModel Model { get; }

    /// <summary>Its settings.</summary>
    public SwarmConfiguration Options { get; }

    /// <summary>Its keys.</summary>
    public SwarmKeys Keys { get; }

    /// <summary>Step 7.</summary>
    public SwarmForwarder Forwarder { get; }

    /// <summary>What the gate runs on since; null while this is it.</summary>
    public SwarmGateModel? Successor { get; set; }

    /// <summary>The model in force.</summary>
    public SwarmGateModel Newest
    {
        get
        {
            SwarmGateModel newest = this;
            while (newest.Successor is { } next)
            {
                newest = next;
            }

            return newest;
        }
    }

    /// <summary>A connection begins; false when the model was replaced and its keys are gone.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_replaced)
            {
                return false;
            }

            _users++;
            return true;
        }
    }

    /// <summary>A connection has ended.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (--_users == 0 && _replaced)
            {
                Keys.Dispose();
            }
        }
    }

    /// <summary>Lets live connections end on their own.</summary>
    public void Dispose()
    {
        _pool.Dispose();
        lock (_lock)
        {
            if (!_replaced && _users == 0)
            {
                Keys.Dispose();
            }

            _replaced = true;
        }
    }
}
