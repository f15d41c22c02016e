using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gatehouse.EndToEnd.Tests.Mesh;
using Gatehouse.EndToEnd.Tests.Running.Hosts;

#pragma warning disable CA2025 // What is handed to a task is awaited before it goes.
namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>
/// What clients and programs see while an <see cref="OldCluster"/> is worked on: HTTPS requests at each node's gate, new connections through the
/// mesh from every node to every other one, and connections that stand all the while.
/// </summary>
internal sealed class ClusterLoad : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly OldCluster _cluster;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly List<LabCall> _standing = [];
    private readonly List<Task> _running = [];
    private int _requests;
    private int _connections;

    private ClusterLoad(OldCluster cluster) => _cluster = cluster;

    /// <summary>Requests that were answered.</summary>
    public int Requests => _requests;

    /// <summary>Connections that heard the program at the other end.</summary>
    public int Connections => _connections;

    /// <summary>Connections that stand.</summary>
    public int Standing => _standing.Count(static call => !call.Ended.IsCompleted);

    /// <summary>What went wrong.</summary>
    public string[] Failures => [.. _failures, .. _standing.Where(static call => call.Ended.IsCompleted).Select(static _ => "a connection that stood has ended")];

    /// <summary>Begins; the connections that stand are there when this returns.</summary>
    public static async Task<ClusterLoad> StartAsync(OldCluster cluster)
    {
        var load = new ClusterLoad(cluster);
        for (int node = 0; node < OldCluster.Nodes; node++)
        {
            int from = node;
            load._running.Add(Task.Run(() => load.RequestAsync(from)));
            for (int i = 1; i < OldCluster.Nodes; i++)
            {
                int to = (from + i) % OldCluster.Nodes;
                load._standing.Add(new LabCall(await cluster.Lab.Hosts[from].ConnectAsync(FiveNodes.PeerAddress(to), FiveNodes.SharedPort), [1]));
                load._running.Add(Task.Run(() => load.ConnectAsync(from, to)));
            }
        }

        return load;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        foreach (LabCall call in _standing)
        {
            call.Socket.Dispose();
        }

        _stop.Dispose();
    }

    private async Task RequestAsync(int node)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                HttpStatusCode status = await _cluster.AskAsync(node, OldCluster.Anna);
                if (status == HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref _requests);
                }
                else
                {
                    Fail($"the gate of {node} answered {status}");
                }
            }
            catch (Exception fault) when (fault is HttpRequestException or SocketException or IOException or OperationCanceledException)
            {
                Fail($"the gate of {node}: {fault.Message} {fault.InnerException?.Message}");
            }

            await Task.Delay(Pause);
        }
    }

    private async Task ConnectAsync(int from, int to)
    {
        while (!_stop.IsCancellationRequested)
        {
            if (await FiveNodes.HearAsync(_cluster.Lab.Hosts[from], to, FiveNodes.SharedPort) == FiveNodes.Words)
            {
                Interlocked.Increment(ref _connections);
            }
            else
            {
                Fail($"nothing was heard from {from} to {to}");
            }

            await Task.Delay(Pause);
        }
    }

    private void Fail(string what)
    {
        if (!_stop.IsCancellationRequested)
        {
            _failures.Enqueue($"{DateTimeOffset.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {what}");
        }
    }
}
