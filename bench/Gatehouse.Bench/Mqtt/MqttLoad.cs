using System.Diagnostics;
using System.Globalization;

namespace Gatehouse.Bench.Mqtt;

/// <summary>
/// The clients of <c>bench/mqtt</c>, one process for all that is compared. Takes a command a line and answers with a line:
/// <c>flow PORT QOS PUBLISHERS SUBSCRIBERS WINDOW</c> begins, <c>count</c> prints deliveries, publishes, writes and this process's
/// CPU seconds, <c>stop</c> ends; <c>idle PORT COUNT</c> opens and <c>drop</c> closes; <c>connects PORT AT-ONCE SECONDS</c> prints how many.
/// </summary>
internal static class MqttLoad
{
    public static async Task<int> RunAsync(string[] args)
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        byte level = byte.Parse(args[1], CultureInfo.InvariantCulture);
        var login = new MqttLogin(args[2], args[3], level);
        MqttFlow? flow = null;
        MqttCrowd? crowd = null;

        // Reading a line blocks its thread, and after a command that thread would be the one that waits for all sockets.
        while (await Task.Run(Console.In.ReadLine) is { } line)
        {
            string[] words = line.Split(' ');
            int[] numbers = [.. words.Skip(1).Select(static w => int.Parse(w, CultureInfo.InvariantCulture))];
            switch (words[0])
            {
                case "flow":
                    flow = await MqttFlow.StartAsync(login, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
                    Console.WriteLine("ready");
                    break;
                case "count":
                    Console.WriteLine($"{flow!.Count()} {CpuSeconds():F3}");
                    break;
                case "stop":
                    flow!.Dispose();
                    Console.WriteLine("stopped");
                    break;
                case "idle":
                    crowd = await MqttCrowd.OpenAsync(login, numbers[0], numbers[1]);
                    Console.WriteLine("open");
                    break;
                case "drop":
                    crowd!.Dispose();
                    Console.WriteLine("closed");
                    break;
                case "connects":
                    double before = CpuSeconds();
                    int count = await MqttCrowd.ConnectAndLeaveAsync(login, numbers[0], numbers[1], TimeSpan.FromSeconds(numbers[2]));
                    Console.WriteLine($"{count} {CpuSeconds() - before:F3}");
                    break;
                default:
                    return 2;
            }
        }

        return 0;
    }

    private static double CpuSeconds()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds;
    }
}

/// <summary>Who connects.</summary>
/// <param name="User">User name.</param>
/// <param name="Password">Password.</param>
/// <param name="Level">4 or 5: MQTT 3.1.1 or 5.0.</param>
internal sealed record MqttLogin(string User, string Password, byte Level);
