using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>Kibana, or OpenSearch Dashboards.</summary>
internal sealed class ConsoleSubject : ElasticSubject
{
    private static readonly (int First, int Last) Ports = (5601, 5601);

    /// <summary>Whether it is OpenSearch Dashboards.</summary>
    public required bool IsOpenSearch { get; init; }

    /// <inheritdoc/>
    public override string System => "kibana";

    /// <summary>What the names of the settings begin with that say where the nodes are.</summary>
    public string Nodes => IsOpenSearch ? "opensearch" : "elasticsearch";

    /// <summary>Who reaches its port.</summary>
    public Reach Reached
    {
        get
        {
            long? port = Settings["server.port"].AsInteger();
            Reach? live = Process is null ? null : Reach.Of(Process.Sockets, port is { } number ? ((int)number, (int)number) : Ports);
            Setting host = Settings["server.host"];
            return live ?? (host.IsSet ? Narrowed(Reach.Of(host, this))
                : IsImage ? Narrowed(new Reach(Reaching.Exposed, "the image listens on every address by itself", [Absent("server.host")]))
                : new Reach(Reaching.Loopback, "it listens on loopback by default", [Absent("server.host")]));
        }
    }

    private Reach Narrowed(Reach reach)
    {
        PublishedPort? open = Published?.FirstOrDefault(p => p.Port is 0 or 5601 && !Reach.IsLoopback(p.Address.Length == 0 ? "0.0.0.0" : p.Address, this));
        return !reach.IsExposed || Published is null ? reach
            : open is null ? new Reach(Reaching.Loopback, "the compose file publishes the port to this host at most", reach.Evidence)
            : reach with { Evidence = [.. reach.Evidence, open.Evidence] };
    }
}
