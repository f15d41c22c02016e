using System.Diagnostics;
using System.Globalization;

namespace Gatehouse.Bench.Ignite;

/// <summary>
/// The clients of <c>bench/ignite</c>, one process for all that is compared. Takes a command a line and answers with a line:
/// <c>load PORT TLS KIND CONNECTIONS WINDOW</c> begins (TLS 0 or 1; KIND get, upsert or sql), <c>count</c> prints answers and this
/// process's CPU seconds, <c>anew</c> does so and forgets the latencies, <c>stop</c> ends and prints their p50 and p99 in microseconds.
/// </summary>
internal static class IgniteLoad
{
    public static async Task<int> RunAsync(string[] args)
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        IgniteClient[] clients = [];

        // Reading a line blocks its thread, and after a command that thread would be the one that waits for all sockets.
        while (await Task.Run(Console.In.ReadLine) is { } line)
        {
            string[] words = line.Split(' ');
            switch (words[0])
            {
                case "load":
                    clients = new IgniteClient[Number(words[4])];
                    for (int i = 0; i < clients.Length; i++)
                    {
                        clients[i] = await IgniteClient.ConnectAsync(Number(words[1]), words[2] == "1", args[1], args[2]);
                    }

                    foreach (IgniteClient client in clients)
                    {
                        _ = Task.Run(() => client.RunAsync(words[3], Number(words[5])));
                    }

                    Console.WriteLine("ready");
                    break;
                case "count" or "anew":
                    string? fault = clients.Select(static c => c.Fault).FirstOrDefault(static f => f is not null);
                    Console.WriteLine(fault ?? string.Create(CultureInfo.InvariantCulture, $"{clients.Sum(static c => c.Answered)} {CpuSeconds():F3}"));
                    if (words[0] == "anew")
                    {
                        Array.ForEach(clients, static c => c.Latencies.Reset());
                    }

                    break;
                case "stop":
                    var all = new LatencyCounts();
                    foreach (IgniteClient client in clients)
                    {
                        all.Add(client.Latencies);
                        client.Dispose();
                    }

                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{all.Micros(0.5):F1} {all.Micros(0.99):F1}"));
                    break;
                default:
                    return 2;
            }
        }

        return 0;
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    private static double CpuSeconds()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds;
    }
}

/// <summary>How often requests took how long, in steps of half a microsecond up to 100 ms.</summary>
internal sealed class LatencyCounts
{
    private const double StepMicros = 0.5;

    private readonly int[] _counts = new int[200_000];

    /// <summary>Counts one; of one flow of control.</summary>
    public void Add(TimeSpan took) => _counts[Math.Clamp((int)(took.TotalMicroseconds / StepMicros), 0, _counts.Length - 1)]++;

    /// <summary>Adds another's.</summary>
    public void Add(LatencyCounts other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>Forgets all; what is counted meanwhile may be kept or not.</summary>
    public void Reset() => Array.Clear(_counts);

    /// <summary>What so large a part of all took at most.</summary>
    public double Micros(double part)
    {
        long wanted = (long)Math.Ceiling(_counts.Sum(static c => (long)c) * part);
        int at = 0;
        for (long seen = 0; at < _counts.Length - 1 && (seen += _counts[at]) < wanted; at++)
        {
        }

        return (at + 1) * StepMicros;
    }
}
