using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gatehouse.Engine.Administration.Cluster;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mesh;
using Gatehouse.Membership;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>A mesh of two nodes in memory, <c>node-a</c> being this one. Everything works until a test says otherwise.</summary>
internal sealed class FakeMesh : IMeshAccess, IMeshControl
{
    public static MembershipDocument Membership { get; } = MembershipDocument.Default with
    {
        Nodes = MembershipDocument.Default.Nodes.Add("node-a", NodeOf("node-a", 1)).Add("node-b", NodeOf("node-b", 2)),
        TrustedPeers = MembershipDocument.Default.TrustedPeers
            .Add("transport", new TrustedPeersDocument { Service = "transport", Peers = ["node-a", "node-b"] })
            .Add("open", new TrustedPeersDocument { Service = "open", Peers = ["*"] }),
    };

    public string Node => "node-a";

    public bool IsRunning { get; set; } = true;

    public IMeshControl? Control => IsRunning ? this : null;

    public ImmutableArray<MeshServiceModel> Services { get; set; } =
        [new MeshServiceModel { Name = "transport", Kind = "elasticsearch-transport", OwnPorts = [9300], BindSetting = "transport.host" }];

    public ImmutableArray<Problem> Problems { get; set; } = [];

    public ImmutableArray<MeshReach> Reach { get; set; } =
        [new MeshReach("node-b", "10.0.0.2:7444", TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(-3), IPAddress.Parse("10.0.0.1"), null)];

    public ImmutableArray<MeshProgram> Programs { get; set; } =
        [new MeshProgram("transport", IPEndPoint.Parse("127.77.0.1:9300"), OwnerStatus.Allowed, new SocketOwner(0, "root", 77, "java"), IsEverywhere: false)];

    public ImmutableArray<MeshAddressFacts> Offers { get; set; } = [new MeshAddressFacts("node-b", IPEndPoint.Parse("127.77.0.2:9300"), IsListening: true, null)];

    public MeshFacts Facts() => new(
        IPEndPoint.Parse("0.0.0.0:7444"),
        [
            new MeshPeerFacts
            {
                Name = "node-b",
                Id = NodeOf("node-b", 2).Id,
                PeerAddress = IPAddress.Parse("127.77.0.2"),
                Addresses = ["10.0.0.2:7444"],
                State = MeshPeerState.Up,
                Address = "10.0.0.2:7444",
                Version = "9.9",
                RoundTrip = TimeSpan.FromMilliseconds(0.4),
                Skew = TimeSpan.FromMilliseconds(-3),
                LastSeen = DateTimeOffset.UnixEpoch,
                Failure = null,
                Services = ["transport"],
                Outgoing = 2,
                Incoming = 1,
            },
        ],
        [new MeshServiceFacts("transport", "elasticsearch-transport", Offers)],
        new MeshCounts());

    public Task<ImmutableArray<MeshPing>?> PingAsync(string peer, int count, CancellationToken cancellation) => Task.FromResult<ImmutableArray<MeshPing>?>(
        peer == "node-b" ? [.. Enumerable.Repeat(new MeshPing("10.0.0.2:7444", TimeSpan.FromMilliseconds(0.4), TimeSpan.Zero, null), count)] : null);

    public Task<ImmutableArray<MeshReach>> NetcheckAsync(CancellationToken cancellation) => Task.FromResult(Reach);

    public Task<ImmutableArray<MeshProgram>> ProgramsAsync(IPAddress own, CancellationToken cancellation) => Task.FromResult(Programs);

    private static NodeDocument NodeOf(string name, int number) => new()
    {
        Name = name,
        Id = number.ToString("x16", CultureInfo.InvariantCulture),
        Number = number,
        PeerAddress = string.Create(CultureInfo.InvariantCulture, $"127.77.0.{number}"),
        WrapKey = [1],
        SigningKey = [2],
        MeshKey = new string((char)('0' + number), 64),
        Addresses = [string.Create(CultureInfo.InvariantCulture, $"10.0.0.{number}:7444")],
        Joined = DateTimeOffset.UnixEpoch,
        JoinedBy = "native/admin",
    };
}
