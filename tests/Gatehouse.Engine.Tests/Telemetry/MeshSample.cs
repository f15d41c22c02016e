using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Mesh;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Tests.Telemetry;

/// <summary>A mesh of four nodes at work, one peer away, one not asked yet.</summary>
internal static class MeshSample
{
    private static readonly Problem Away = MeshProblems.PeerUnreachable.Because("away");

    public static MeshFacts Busy { get; } = new(
        new IPEndPoint(IPAddress.Loopback, 7444),
        [
            Peer("node2", MeshPeerState.Up) with { RoundTrip = TimeSpan.FromMilliseconds(2), Skew = TimeSpan.FromSeconds(-1.5) },
            Peer("node3", MeshPeerState.Down) with { Failure = Away },
            Peer("node4", MeshPeerState.Unknown),
        ],
        [new MeshServiceFacts("erlang", "tcp", [Address("node2", true), Address("node2", true), Address("node3", true), Address("node3", false)])],
        new MeshCounts
        {
            Open = 2,
            Made = 4,
            Taken = 5,
            Reused = 6,
            Lanes = [new("node2", "erlang", false, 0, 1, 11, 12), new("node2", "erlang", true, 2, 9, 70_000_000_000, 40)],
            Refused = ImmutableSortedDictionary<string, long>.Empty.Add("wrong_secret", 3),
        });

    private static MeshPeerFacts Peer(string name, MeshPeerState state) => new()
    {
        Name = name,
        Id = "0123456789abcdef",
        PeerAddress = IPAddress.Parse("127.77.1.2"),
        Addresses = ["10.0.0.2:7444"],
        State = state,
        Address = null,
        Version = null,
        RoundTrip = null,
        Skew = null,
        LastSeen = null,
        Failure = null,
        Services = ["erlang"],
        Outgoing = 0,
        Incoming = 0,
    };

    private static MeshAddressFacts Address(string peer, bool isListening) =>
        new(peer, new IPEndPoint(IPAddress.Parse("127.77.1.2"), 4369), isListening, isListening ? null : Away);
}
