using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mesh;

/// <summary>
/// Five daemons of one cluster on five hosts, etcd on a sixth, and a seventh that belongs to nobody. Every node is trusted for one
/// service, the first two alone for the other.
/// </summary>
public sealed class FiveNodes : IAsyncLifetime
{
    internal const string Shared = "shared";
    internal const string Ledger = "ledger";
    internal const int SharedPort = 9200;
    internal const int LedgerPort = 9201;
    internal const string Words = "words of the service";

    private const int Count = 5;
    private readonly List<LabProgram> _programs = [];
    private Task<NodeRevocation>? _revocation;

    internal NetworkLab Lab { get; private set; } = null!;

    internal LabCluster Cluster { get; private set; } = null!;

    /// <summary>A host of the network that is in no cluster.</summary>
    internal LabHost Stranger => Lab.Hosts[Count + 1];

    /// <summary>Both services' programs of the first node.</summary>
    internal IEnumerable<LabProgram> FirstPrograms => _programs.Take(2);

    /// <summary>The address that stands for a node on every host.</summary>
    internal static IPAddress PeerAddress(int index) => new([127, 77, 0, (byte)(index + 1)]);

    public async ValueTask InitializeAsync()
    {
        var clock = Stopwatch.StartNew();
        Lab = await NetworkLab.StartAsync(Count + 2);
        Cluster = await LabCluster.StartAsync(
            Lab, Count, $"    {Shared}: {{ kind: tcp, ports: [{SharedPort}] }}\n    {Ledger}: {{ kind: tcp, ports: [{LedgerPort}] }}\n");
        for (int i = 0; i < Count; i++)
        {
            _programs.Add(LabProgram.Start(Lab.Hosts[i], PeerAddress(i), SharedPort, Words));
            _programs.Add(LabProgram.Start(Lab.Hosts[i], PeerAddress(i), LedgerPort, Words));
        }

        await RunAsync("peers", "trust", Shared, "--all");
        await RunAsync("peers", "trust", Ledger, "node-a", "node-b");
        for (int i = 1; i < Count; i++)
        {
            await UntilCarriedAsync(Lab.Hosts[i], 0);
            await UntilCarriedAsync(Lab.Hosts[0], i);
        }

        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"five nodes after {clock.Elapsed.TotalSeconds:0.0} s, of it {Cluster.Joins.Sum(static j => j.TotalSeconds):0.0} s of joins"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_revocation is { IsCompletedSuccessfully: true })
        {
            (await _revocation).Dispose();
        }

        foreach (LabProgram program in _programs)
        {
            program.Dispose();
        }

        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }

        if (Lab is not null)
        {
            await Lab.DisposeAsync();
        }
    }

    /// <summary>Connects from a host to a program of a node by its peer address, and listens for so long, or until something came; what was heard.</summary>
    internal static async Task<string> HearAsync(LabHost from, int node, int port, double seconds = 5)
    {
        try
        {
            using Socket socket = await from.ConnectAsync(PeerAddress(node), port);
            await socket.SendAsync("give me everything"u8.ToArray().AsMemory(), SocketFlags.None);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
            byte[] answer = new byte[64];
            int count = await socket.ReceiveAsync(answer.AsMemory(), SocketFlags.None, limit.Token);
            return System.Text.Encoding.ASCII.GetString(answer, 0, count);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return "";
        }
    }

    /// <summary>Revokes the last node with connections carried from and to it, once for all tests.</summary>
    internal Task<NodeRevocation> RevokeLastAsync() => _revocation ??= RevokeAsync();

    private async Task<NodeRevocation> RevokeAsync()
    {
        const int Last = Count - 1;
        const int Outgoing = 10;
        const int Incoming = 3;
        Daemon revoked = Cluster.Daemons[Last];
        CopiedTrust copied = await CopiedTrust.OfAsync(revoked);
        LabCall[] theirs = await CallAsync(Lab.Hosts[Last], Enumerable.Range(0, Last).SelectMany(static i => Enumerable.Repeat(i, Outgoing)));
        List<LabCall> others = [];
        for (int i = 0; i < Last; i++)
        {
            others.AddRange(await CallAsync(Lab.Hosts[i], Enumerable.Repeat(Last, Incoming)));
            others.AddRange(_programs[2 * i].Calls.Where(c => c.From.Equals(PeerAddress(Last)) && !c.Ended.IsCompleted));
        }

        // It does not help: from here on its daemon does nothing, as one in wrong hands would do nothing.
        revoked.Signal(19);
        DateTimeOffset began = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        await RunAsync("node", "revoke", "node-e", "--yes");
        TimeSpan answered = Stopwatch.GetElapsedTime(start);
        TimeSpan[] cuts = [.. (await Task.WhenAll(others.Select(static c => c.Ended)).WaitAsync(TimeSpan.FromSeconds(20))).Select(at => Stopwatch.GetElapsedTime(start, at))];
        revoked.Signal(18);

        // The record holds the time before the first byte went to the store.
        DateTimeOffset decided = Cluster.Daemons[0].Trail()
            .Last(static r => r.TryGetProperty("message", out JsonElement said) && said.GetString() == "node node-e revoked")
            .GetProperty("@timestamp").GetDateTimeOffset();
        return new NodeRevocation { Copied = copied, Theirs = theirs, Cuts = cuts, Expected = Last * (Outgoing + Incoming), Decided = decided - began, Answered = answered };
    }

    // Each has heard the program before the next thing happens.
    private static async Task<LabCall[]> CallAsync(LabHost from, IEnumerable<int> nodes)
    {
        LabCall[] calls = await Task.WhenAll(nodes.Select(async i => new LabCall(await from.ConnectAsync(PeerAddress(i), SharedPort), [1])));
        for (int i = 0; calls.Any(static c => c.Heard != Words); i++)
        {
            if (i == 500)
            {
                throw new InvalidOperationException($"of {calls.Length} calls from {from.Name} {calls.Count(static c => c.Heard != Words)} are not carried");
            }

            await Task.Delay(20);
        }

        return calls;
    }

    private async Task RunAsync(params string[] arguments)
    {
        ShellResult result = await Cluster.Daemons[0].CliAsync(arguments);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"gatehouse {string.Join(' ', arguments)}: {result}");
        }
    }

    private static async Task UntilCarriedAsync(LabHost from, int node)
    {
        for (int i = 0; await HearAsync(from, node, SharedPort) != Words; i++)
        {
            if (i == 100)
            {
                throw new InvalidOperationException($"nothing is carried from {from.Name} to node {node}");
            }

            await Task.Delay(100);
        }
    }
}

/// <summary>What a revocation did, by the clock from the command's start.</summary>
internal sealed class NodeRevocation : IDisposable
{
    /// <summary>What the revoked node had.</summary>
    public required CopiedTrust Copied { get; init; }

    /// <summary>Its own ends of its connections.</summary>
    public required IReadOnlyList<LabCall> Theirs { get; init; }

    /// <summary>When each connection with it ended at the other nodes' programs.</summary>
    public required IReadOnlyList<TimeSpan> Cuts { get; init; }

    /// <summary>How many there had to be.</summary>
    public required int Expected { get; init; }

    /// <summary>The node that was asked began to write the change.</summary>
    public required TimeSpan Decided { get; init; }

    /// <summary>The command had ended.</summary>
    public required TimeSpan Answered { get; init; }

    public void Dispose()
    {
        Copied.Dispose();
        foreach (LabCall call in Theirs)
        {
            call.Socket.Dispose();
        }
    }
}

/// <summary>The classes that share the cluster.</summary>
[CollectionDefinition(nameof(FiveNodes))]
public sealed class FiveNodesCollection : ICollectionFixture<FiveNodes>;
