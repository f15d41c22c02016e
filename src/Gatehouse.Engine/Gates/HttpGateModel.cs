using Gatehouse.Audit;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Engine.Gates;

/// <summary>What an HTTP gate runs a request on; read once a request, replaced as a whole.</summary>
internal sealed class HttpGateModel : IDisposable
{
    private readonly UpstreamPool? _pool;

    public HttpGateModel(GateModel model, GateEnvironment environment)
    {
        Model = model;
        Catalogue = model.Catalogue!; // TryCreate gives every HTTP gate one
        Hosts = new HostFilter(model.Configuration.Hosts, model.CertificateNames);
        CrossSite = new CrossSite(model.Configuration);
        BodyMask = model.Configuration.AuditBody > 0 ? new BodyMask((int)model.Configuration.AuditBody, model.Configuration.AuditBodyMask) : null;
        if (model.Upstream.Address.Kind == UpstreamKind.Builtin)
        {
            BuiltIn = new WhoAmIUpstream(environment);
        }
        else
        {
            _pool = new UpstreamPool(model.Upstream, new UpstreamOwners(environment.Owners, model.Owners), environment.Time);
            Forwarder = new Forwarder(_pool);
            Steps = environment.Systems?.Invoke(model, environment);
        }
    }

    /// <summary>The gate's model.</summary>
    public GateModel Model { get; }

    /// <summary>What the gate runs on since; null while this is it.</summary>
    public HttpGateModel? Successor { get; set; }

    /// <summary>The model in force.</summary>
    public GateModel Newest
    {
        get
        {
            HttpGateModel newest = this;
            while (newest.Successor is { } next)
            {
                newest = next;
            }

            return newest.Model;
        }
    }

    /// <summary>Requests to operations.</summary>
    public Catalogue Catalogue { get; }

    /// <summary>Host names served.</summary>
    public HostFilter Hosts { get; }

    /// <summary>Other origins.</summary>
    public CrossSite CrossSite { get; }

    /// <summary>How bodies are recorded; null where nobody asked for it.</summary>
    public BodyMask? BodyMask { get; }

    /// <summary>Steps 5 to 7 of a system that has its own; null where the catalogue says all.</summary>
    public ISystemSteps? Steps { get; }

    /// <summary>Step 7; null where <see cref="BuiltIn"/> answers.</summary>
    public Forwarder? Forwarder { get; }

    /// <summary>The upstream inside this process, or null.</summary>
    public IBuiltInUpstream? BuiltIn { get; }

    /// <summary>Closes idle upstream connections; requests under way end on theirs.</summary>
    public void Dispose() => _pool?.Dispose();
}
