using System.Diagnostics;

namespace Gatehouse.Bench.Mqtt;

/// <summary>Many connections that do nothing, or come and go.</summary>
internal sealed class MqttCrowd : IDisposable
{
    private const int AtOnce = 32;

    private readonly MqttClient[] _clients;

    private MqttCrowd(MqttClient[] clients) => _clients = clients;

    /// <summary>Opens so many, some at once.</summary>
    public static async Task<MqttCrowd> OpenAsync(MqttLogin login, int port, int count)
    {
        var clients = new MqttClient[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
            clients[i] = await MqttClient.ConnectAsync(login, port, $"idle-{i}", i));
        return new MqttCrowd(clients);
    }

    /// <summary>Connects, logs in, leaves and begins again; how many did in that time.</summary>
    public static async Task<int> ConnectAndLeaveAsync(MqttLogin login, int port, int atOnce, TimeSpan time)
    {
        int count = 0;
        long begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(i => Task.Run(async () =>
        {
            for (int turn = 0; Stopwatch.GetElapsedTime(begin) < time; turn++)
            {
                // Two ids in turn: the broker may not have noticed yet that the one before left.
                MqttClient client = await MqttClient.ConnectAsync(login, port, $"guest-{i}-{turn % 2}", i + (turn * atOnce));
                await client.LeaveAsync();
                Interlocked.Increment(ref count);
            }
        })));
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MqttClient client in _clients)
        {
            client.Dispose();
        }
    }
}
