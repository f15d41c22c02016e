using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mesh;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Bench.Rotation;

/// <summary>A node's folder, ports and addresses.</summary>
internal sealed class RotationPlace(string root, int number, int nodes, int network, int servicePort)
{
    /// <summary>The one service of these clusters.</summary>
    public const string Service = "bench";

    /// <summary>Its number, from 1.</summary>
    public int Number { get; } = number;

    /// <summary>How many nodes there are.</summary>
    public int Nodes { get; } = nodes;

    /// <summary>Its name.</summary>
    public string Name { get; } = NameOf(number);

    /// <summary>Its data folder.</summary>
    public string Folder { get; } = Path.Combine(root, NameOf(number));

    /// <summary>Its own key.</summary>
    public string KeyPath { get; } = Path.Combine(root, "keys", NameOf(number) + ".key");

    /// <summary>Its mesh port.</summary>
    public int MeshPort { get; } = FreePort();

    /// <summary>Where its program listens.</summary>
    public IPEndPoint Program => new(AddressOf(Number), servicePort);

    /// <summary>The name of a number.</summary>
    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"n{number}");

    /// <summary>The number of a name.</summary>
    public static int NumberOf(string name) => int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture);

    /// <summary>A node's loopback address, as this node's host would have it.</summary>
    public IPAddress AddressOf(int other) => IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.78.{network}.{(Number * 10) + other}"));

    /// <summary>Where programs beside this node find the program of another.</summary>
    public IPEndPoint ProgramOf(int other) => new(AddressOf(other), servicePort);

    /// <summary>Its trust, from its folder.</summary>
    public async Task<NodeTrust> OpenAsync(CancellationToken cancellation) => await TrustBootstrap.EnsureAsync(
        new TrustOptions { DataDirectory = Folder, NodeName = Name, NodeKeyPath = KeyPath, Time = TimeProvider.System }, cancellation);

    /// <summary>Its mesh.</summary>
    public MeshSettings Settings() => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, MeshPort),
        Limits = new LimitsConfiguration(),
        Services =
        [
            new MeshServiceModel { Name = Service, OwnPorts = [servicePort], RunAs = new([LocalUsers.Own]), AllowUsers = new([LocalUsers.Own]) },
        ],
        Version = "bench",
        Drain = TimeSpan.Zero,
    };

    /// <summary>A free TCP port.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port; // bound a line before
    }
}
