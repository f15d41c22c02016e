using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Certificates;

/// <summary>Real Erlang nodes with <c>-proto_dist inet_tls</c>, both sides verifying, on certificates of profile <c>erlang</c>.</summary>
public sealed class Erlang_distribution_over_tls
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Only_the_certificate_of_the_host_that_is_called_joins()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await using Daemon stranger = await new Daemon().StartAsync();
        string folder = daemon.Folder.Path;
        Fine(await daemon.CliAsync(["cert", "issue", "--profile", "erlang", "--name", "127.0.0.1", "--out", daemon.Folder["good"]]));
        Fine(await daemon.CliAsync(["cert", "issue", "--profile", "erlang", "--name", "10.9.9.9", "--out", daemon.Folder["host"]]));
        Fine(await stranger.CliAsync(["cert", "issue", "--profile", "erlang", "--name", "127.0.0.1", "--out", daemon.Folder["other"]]));

        // The node that is called shows `server`, the one that calls shows `client`; both trust our CA only.
        (await JoinAsync(folder, "good", "127.0.0.1", "good", "127.0.0.1")).ShouldBe("pong");
        (await JoinAsync(folder, "host", "10.9.9.9", "good", "127.0.0.1")).ShouldBe("pang", "the called node's certificate is for another host");
        (await JoinAsync(folder, "good", "127.0.0.1", "other", "127.0.0.1")).ShouldBe("pang", "the calling node's certificate is of another CA");
        (await JoinAsync(folder, "good", "127.0.0.1", null, "")).ShouldBe("pang", "the calling node has no certificate");
    }

    private static async Task<string> JoinAsync(string folder, string server, string serverName, string? client, string clientName)
    {
        int port = Ports.Free();
        string ca = $"{{cacertfile,\"{folder}/good/ca.crt\"}},{{verify,verify_peer}}";
        string Own(string part, string name) => $"{{certfile,\"{folder}/{part}/{name}.crt\"}},{{keyfile,\"{folder}/{part}/{name}.key\"}},";
        string called = Path.Combine(folder, "called.conf");
        string calling = Path.Combine(folder, "calling.conf");
        await File.WriteAllTextAsync(
            called, $"[{{server,[{Own(server, serverName)}{ca},{{fail_if_no_peer_cert,true}}]}},{{client,[{Own(server, serverName)}{ca}]}}].\n", Cancelled);
        await File.WriteAllTextAsync(
            calling,
            $"[{{server,[{Own("good", "127.0.0.1")}{ca},{{fail_if_no_peer_cert,true}}]}},{{client,[{(client is null ? "" : Own(client, clientName))}{ca}]}}].\n",
            Cancelled);
        const string Flags = "-proto_dist inet_tls -start_epmd false -noshell -setcookie test -kernel inet_dist_use_interface '{127,0,0,1}'";
        ShellResult result = await Shell.BashAsync(
            $$"""
            erl {{Flags}} -erl_epmd_port {{port}} -ssl_dist_optfile "$PWD/called.conf" -name b@127.0.0.1 -eval 'io:format("up~n")' >called.out 2>&1 </dev/null &
            called=$!
            trap 'kill $called 2>/dev/null' EXIT
            for i in $(seq 200); do grep -q up called.out && break; sleep 0.05; done
            timeout 30 erl {{Flags}} -erl_epmd_port {{port}} -dist_listen false -ssl_dist_optfile "$PWD/calling.conf" -name a@127.0.0.1 \
              -eval 'io:format("~p~n", [net_adm:ping(list_to_atom("b@127.0.0.1"))]), halt().' </dev/null 2>calling.err
            """,
            seconds: 60,
            directory: folder);
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Trim()).LastOrDefault(static line => line is "pong" or "pang") ?? result.ToString();
    }

    private static void Fine(ShellResult result) => result.ExitCode.ShouldBe(0, result.ToString());
}
