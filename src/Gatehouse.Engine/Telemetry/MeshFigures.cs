using System.Collections.Immutable;
using Gatehouse.Engine.Mesh;

namespace Gatehouse.Engine.Telemetry;

/// <summary>The mesh's part of the page: names of nodes and services, fixed words.</summary>
internal static class MeshFigures
{
    /// <summary>Writes it.</summary>
    public static void Write(MetricsText text, MeshFacts mesh)
    {
        text.Gauge("gatehouse_mesh_listening", "1 while the mesh takes connections of other nodes, 0 where it could not listen.")
            .Sample(mesh.Listen is not null);
        WritePeers(text, mesh.Peers);
        WriteServices(text, mesh.Services);
        WriteLanes(text, mesh.Counters.Lanes);
        text.Counter("gatehouse_mesh_handshakes_total", "TLS connections between nodes that were proven, by who called.")
            .Sample(mesh.Counters.Taken, ("direction", "in"))
            .Sample(mesh.Counters.Made, ("direction", "out"));
        text.Counter("gatehouse_mesh_connections_reused_total", "Connections of programs carried by a TLS connection that stood already.")
            .Sample(mesh.Counters.Reused);
        text.Counter("gatehouse_mesh_refused_total", "Refusals of the mesh by reason, of peers, programs and callers that are neither.");
        foreach ((string reason, long count) in mesh.Counters.Refused)
        {
            text.Sample(count, ("reason", reason));
        }
    }

    private static void WritePeers(MetricsText text, ImmutableArray<MeshPeerFacts> peers)
    {
        // Without a sample until it was asked once: a start is no outage.
        text.Gauge("gatehouse_mesh_peer_up", "1 while the peer answered last, 0 while it did not.");
        foreach (MeshPeerFacts peer in peers.Where(static one => one.State != MeshPeerState.Unknown))
        {
            text.Sample(peer.State == MeshPeerState.Up, ("peer", peer.Name));
        }

        text.Gauge("gatehouse_mesh_peer_round_trip_seconds", "Seconds until the peer's last answer.");
        foreach (MeshPeerFacts peer in peers)
        {
            Sample(text, peer, peer.RoundTrip);
        }

        text.Gauge("gatehouse_mesh_peer_clock_skew_seconds", "The peer's clock minus this node's as of the last answer.");
        foreach (MeshPeerFacts peer in peers)
        {
            Sample(text, peer, peer.Skew);
        }
    }

    private static void Sample(MetricsText text, MeshPeerFacts peer, TimeSpan? time)
    {
        if (time is { } known)
        {
            text.Sample(known.TotalSeconds, ("peer", peer.Name));
        }
    }

    private static void WriteServices(MetricsText text, ImmutableArray<MeshServiceFacts> services)
    {
        text.Gauge("gatehouse_mesh_service_listening", "1 while every local address at which the peer's programs are offered is open.");
        foreach (MeshServiceFacts service in services)
        {
            foreach (IGrouping<string, MeshAddressFacts> peer in service.Addresses.GroupBy(static one => one.Peer, StringComparer.Ordinal))
            {
                text.Sample(peer.All(static address => address.IsListening), ("service", service.Name), ("peer", peer.Key));
            }
        }
    }

    private static void WriteLanes(MetricsText text, ImmutableArray<MeshLaneCounts> lanes)
    {
        text.Gauge("gatehouse_mesh_connections_open", "Connections of programs carried now, by who called.");
        Each(static lane => lane.Open);
        text.Counter("gatehouse_mesh_connections_total", "Connections of programs carried, by who called.");
        Each(static lane => lane.Carried);
        text.Counter("gatehouse_mesh_sent_bytes_total", "Bytes of programs sent to the peer, by who called.");
        Each(static lane => lane.Sent);
        text.Counter("gatehouse_mesh_received_bytes_total", "Bytes of programs received from the peer, by who called.");
        Each(static lane => lane.Received);

        void Each(Func<MeshLaneCounts, long> figure)
        {
            foreach (MeshLaneCounts lane in lanes)
            {
                text.Sample(figure(lane), ("service", lane.Service), ("peer", lane.Peer), ("direction", lane.IsOutgoing ? "out" : "in"));
            }
        }
    }
}
