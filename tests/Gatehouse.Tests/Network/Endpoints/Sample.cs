using System.Net;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.Tests.Network.Endpoints;

/// <summary>Nodes to look at.</summary>
internal static class Sample
{
    public static NodeShape Node(params GateShape[] gates) => new()
    {
        Admin = IPEndPoint.Parse("0.0.0.0:7443"),
        Metrics = IPEndPoint.Parse("127.0.0.1:7445"),
        Mesh = IPEndPoint.Parse("0.0.0.0:7444"),
        Gates = [.. gates],
    };

    public static GateShape Gate(string name, string system, string listen, int guarded, string address = "127.0.0.1") =>
        new(name, system, IPEndPoint.Parse(listen), [new UpstreamShape(address, guarded, IPAddress.Parse(address))]);
}
