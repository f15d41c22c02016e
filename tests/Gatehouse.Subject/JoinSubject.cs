using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Hosting.Joining;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Trust.Enrolment;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Subject;

/// <summary>Joins a cluster with the token that comes in, and stands still at one step until it is killed.</summary>
internal static class JoinSubject
{
    public static async Task<int> RunAsync(string data, string configuration, string at)
    {
        using JoinToken token = JoinToken.TryParse(Console.ReadLine(), out _) ?? throw new InvalidOperationException("no token came in");
        var options = new JoinOptions
        {
            DataDirectory = data,
            ConfigurationFile = configuration,
            OpenStore = static (settings, cluster, sealer, _) =>
                new(EtcdStateStore.Open(EtcdSettings.Load(settings, "/"), cluster, sealer, TimeProvider.System, NullLogger.Instance)),
            FirstStart = static _ => Task.FromResult(new NodeConfiguration()),
            Step = step =>
            {
                if (step == at)
                {
                    Console.WriteLine("at " + step);
                    Thread.Sleep(Timeout.Infinite);
                }
            },
        };
        await JoinRun.RunAsync(token, options, CancellationToken.None);
        Console.WriteLine("joined");
        return 0;
    }
}
