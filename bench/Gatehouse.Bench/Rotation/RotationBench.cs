using System.Diagnostics;
using System.Globalization;
using Gatehouse.Membership.Rotations;

namespace Gatehouse.Bench.Rotation;

/// <summary>Rotations under load: <c>rotation ROTATIONS NODES KILLS</c>. The answer is 0 when nothing failed.</summary>
internal static class RotationBench
{
    /// <summary>Runs it and prints what happened.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int rotations = Number(args, 1, 1000);
        int nodes = Number(args, 2, 3);
        int killEvery = Number(args, 3, 0);
        (RotationCounts counts, TimeSpan took, int kills) = await RunAsync(rotations, nodes, killEvery, network: 1, Console.Out, CancellationToken.None);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rotations} rotations on {nodes} nodes in {took.TotalSeconds:F0} s, {kills} nodes killed: {counts.Handshakes} mesh handshakes, {counts.Connections} connections, {counts.Requests} HTTPS handshakes, {counts.Bytes} bytes on standing streams, {counts.Failures.Length} failures"));
        foreach (string failure in counts.Failures.Take(20))
        {
            Console.WriteLine(failure);
        }

        return counts.Failures.IsEmpty ? 0 : 1;
    }

    /// <summary>CA, secret and data key in turn.</summary>
    /// <param name="rotations">How many in all.</param>
    /// <param name="nodes">Nodes.</param>
    /// <param name="killEvery">In every so many rotations a node other than the issuer dies at a random step and comes back; 0: never.</param>
    /// <param name="network">Third number of the loopback addresses.</param>
    /// <param name="output">Where progress goes.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<(RotationCounts Counts, TimeSpan Took, int Kills)> RunAsync(
        int rotations, int nodes, int killEvery, int network, TextWriter output, CancellationToken cancellation)
    {
        await using RotationCluster cluster = await RotationCluster.StartAsync(nodes, network, cancellation);
        RotationLoad load = RotationLoad.Start(cluster);
        await Task.Delay(1000, cancellation);
        var random = new Random(1);
        int kills = 0;
        int told = 0;
        long began = Stopwatch.GetTimestamp();
        try
        {
            for (int i = 0; i < rotations; i++)
            {
                string kind = RotationKinds.All[i % RotationKinds.All.Length];
                string? dies = killEvery > 0 && i % killEvery == 0 ? RotationSteps.Forward[random.Next(RotationSteps.Forward.Length)] : null;
                await cluster.RotateAsync(
                    kind,
                    TimeSpan.FromMilliseconds(kind == RotationKinds.Ca ? 20 : 0),
                    async step =>
                    {
                        if (step == dies)
                        {
                            dies = null;
                            kills++;
                            await KillAsync(cluster, load, 1 + random.Next(nodes - 1), random, cancellation);
                        }
                    },
                    cancellation);
                if ((i + 1) % 50 == 0)
                {
                    told = await TellAsync(output, i + 1, Stopwatch.GetElapsedTime(began), load.Counts, told);
                }
            }
        }
        finally
        {
            await load.DisposeAsync();
        }

        return (load.Counts, Stopwatch.GetElapsedTime(began), kills);
    }

    // With what failed since the line before, so that a run that is ended early has said what it saw.
    private static async Task<int> TellAsync(TextWriter output, int rotations, TimeSpan took, RotationCounts counts, int told)
    {
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{rotations} rotations, {took.TotalSeconds:F0} s, {counts.Handshakes} handshakes, {counts.Bytes} bytes, {counts.Failures.Length} failures"));
        foreach (string failure in counts.Failures.Skip(told).Take(20))
        {
            await output.WriteLineAsync("  " + failure);
        }

        return counts.Failures.Length;
    }

    private static async Task KillAsync(RotationCluster cluster, RotationLoad load, int index, Random random, CancellationToken cancellation)
    {
        load.Excuse(index);
        await cluster.KillAsync(index);
        await Task.Delay(random.Next(300), cancellation);
        await cluster.StartNodeAsync(index, cancellation);

        // Peers that found it dead ask again before it counts.
        await Task.Delay(500, cancellation);
        load.Excuse(index);
    }

    private static int Number(string[] args, int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
}
