using System.Globalization;
using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Mesh;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>
/// Three daemons whose state is in an etcd with TLS, client certificates and a user with a password. The first two were made eleven years ago
/// and were off until everything had expired: node-a, an issuer, and node-b, which is none. They were brought back, and node-c joined.
/// </summary>
public sealed class OldCluster : IAsyncLifetime
{
    internal const string EtcdPassword = "Etcd-Pa55word-of-the-lab";
    internal const string Password = "a long way home";
    internal const string Anna = "anna";
    internal const string Carl = "carl";
    internal const int Nodes = 3;
    internal const int WhoAmI = 7480;
    internal const int Feed = 7490;

    private const int FeedUpstream = 7400;
    private const string FeedWords = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnews\r\n";
    private static readonly TimeSpan Age = TimeSpan.FromDays(4018);

    private readonly TemporaryFolder _folder = new();
    private readonly List<LabProgram> _programs = [];

    internal NetworkLab Lab { get; private set; } = null!; // InitializeAsync makes it

    internal LabCluster Cluster { get; private set; } = null!; // likewise

    internal LabHost Store => Lab.Hosts[Nodes];

    internal Recovery Recovery { get; private set; } = null!; // likewise

    internal SeenJoin Join { get; private set; } = null!; // likewise

    public async ValueTask InitializeAsync()
    {
        var clock = new ShiftedClock(_folder);
        clock.Move(-Age);
        Lab = await NetworkLab.StartAsync(Nodes + 1);
        Cluster = await LabCluster.StartAsync(Lab, 1, Store, new LabClusterOptions
        {
            Services = $"    shared: {{ kind: tcp, ports: [{FiveNodes.SharedPort}] }}\n",
            More = $$"""
                gates:
                  whoami: { protocol: http, listen: '127.0.0.1:{{WhoAmI}}', upstream: 'builtin:whoami' }
                  feed: { protocol: http, system: http, listen: '127.0.0.1:{{Feed}}', upstream: 'http://127.0.0.1:{{FeedUpstream}}' }

                """,
            EtcdPassword = EtcdPassword,
            Environment = clock.Environment,
        });
        await Cluster.AddAsync();
        Daemon first = Cluster.Daemons[0];
        await first.SetRoleAsync("reader", "http:*:**");
        await first.AddUserAsync(Anna, Password, "reader");
        await first.AddUserAsync(Carl, Password, "reader");
        await Task.WhenAll(Cluster.Daemons.Select(static daemon => daemon.StopAsync()));

        // Now is the host's own time again: a clock that is asked through another library costs half a processor for each daemon.
        Cluster.ForgetEnvironment();
        Recovery = await Recovery.RunAsync(Cluster);
        Join = await SeenJoin.RunAsync(Cluster);
        for (int i = 0; i < Nodes; i++)
        {
            _programs.Add(LabProgram.Start(Lab.Hosts[i], FiveNodes.PeerAddress(i), FiveNodes.SharedPort, FiveNodes.Words));
            _programs.Add(LabProgram.Start(Lab.Hosts[i], IPAddress.Loopback, FeedUpstream, FeedWords, isAsked: true));
        }

        Fine(await first.CliAsync(["peers", "trust", "shared", "--all"]));
        await EveryoneCarriesAsync();
    }

    public async ValueTask DisposeAsync()
    {
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

        _folder.Dispose();
    }

    /// <summary>What a gate answers a user now, over a connection of its own that trusts what <c>ca.crt</c> says at this moment.</summary>
    internal async Task<HttpStatusCode> AskAsync(int node, string user)
    {
        using HttpClient client = Cluster.Client(node, WhoAmI, user, Password);
        using HttpResponseMessage answer = await client.GetAsync("/", TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>Waits until every program hears every other one.</summary>
    internal async Task EveryoneCarriesAsync()
    {
        for (int from = 0; from < Nodes; from++)
        {
            for (int to = 0; to < Nodes; to++)
            {
                for (int i = 0; from != to && await FiveNodes.HearAsync(Lab.Hosts[from], to, FiveNodes.SharedPort) != FiveNodes.Words; i++)
                {
                    i.ShouldBeLessThan(100, $"nothing is carried from {from} to {to}");
                    await Task.Delay(100);
                }
            }
        }
    }

    internal static void Fine(ShellResult result) => result.ExitCode.ShouldBe(0, result.ToString());

    internal static bool Has(JsonElement status, string problem) =>
        status.GetProperty("problems").EnumerateArray().Any(one => one.GetProperty("id").GetString() == problem);

    internal static void Say(string what) => TestContext.Current.SendDiagnosticMessage(what);

    internal static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
}

/// <summary>The classes that share the cluster.</summary>
[CollectionDefinition(nameof(OldCluster))]
public sealed class OldClusterCollection : ICollectionFixture<OldCluster>;
