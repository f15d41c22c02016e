using System.Globalization;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mesh;

/// <summary>Two real RabbitMQ nodes form their cluster through the mesh: its port mapper and its distribution port are carried.</summary>
public sealed class RabbitMQ_through_the_mesh
{
    private const string Cookie = "RABBITCOOKIEOFTHELAB";

    [Fact]
    public async Task Two_nodes_form_a_cluster_unseen()
    {
        await using NetworkLab lab = await NetworkLab.StartAsync(2);
        using var mesh = new MeshLab();
        await using WireCapture capture = await WireCapture.StartAsync(lab);
        foreach (LabHost host in lab.Hosts)
        {
            // At its start RabbitMQ tries its port on every interface, where the mesh holds that of the peer: each has one of its own.
            mesh.Add(host, static number => $"    rabbitmq: {{ kind: tcp, ports: [4369, {25670 + number}], peer_ports: {{ node-a: [4369, 25671], node-b: [4369, 25672] }} }}\n");
        }

        mesh.Trusted["rabbitmq"] = ["*"];
        await mesh.ShareAsync();
        await Task.WhenAll(mesh.Nodes.Select(static n => n.StartAsync()));
        LabProcess first = await StartAsync(mesh, 0);
        await first.WaitForAsync("completed with", 60);
        LabProcess second = await StartAsync(mesh, 1);
        await second.WaitForAsync("completed with", 60);

        await CtlAsync(mesh, 0, "add_user", "only-in-a-cluster", "a-long-password");
        (await CtlAsync(mesh, 1, "-q", "list_users")).ShouldContain("only-in-a-cluster");
        string status = await CtlAsync(mesh, 1, "cluster_status", "--formatter", "json");
        status.ShouldContain("\"running_nodes\":[\"rabbit@rab1\",\"rabbit@rab2\"]");

        WireReport wire = await capture.StopAsync();
        wire.CalledPorts.ShouldBe([MeshLab.Port]);
        wire.NotTls(MeshLab.Port, opening: 88).ShouldBeEmpty();
        wire.Has("only-in-a-cluster").ShouldBeFalse();
        wire.Has("rab2").ShouldBeFalse();
    }

    private static async Task<LabProcess> StartAsync(MeshLab mesh, int index)
    {
        LabHost host = mesh.Nodes[index].Host;
        string address = mesh.Nodes[index].PeerAddress.ToString();
        TemporaryFolder folder = host.Folder;
        await File.WriteAllTextAsync(folder[".erlang.cookie"], Cookie);
        File.SetUnixFileMode(folder[".erlang.cookie"], UnixFileMode.UserRead);
        await File.WriteAllTextAsync(folder["inetrc"], "{host, {127,77,0,1}, [\"rab1\"]}.\n{host, {127,77,0,2}, [\"rab2\"]}.\n{lookup, [file, native]}.\n");
        await File.WriteAllTextAsync(folder["enabled_plugins"], "[].");
        await File.WriteAllTextAsync(
            folder["rabbitmq.conf"],
            "listeners.tcp.default = " + address + ":5672\ncluster_formation.peer_discovery_backend = classic_config\n"
            + "cluster_formation.classic_config.nodes.1 = rabbit@rab1\ncluster_formation.classic_config.nodes.2 = rabbit@rab2\n"
            + "cluster_formation.discovery_retry_limit = 2\ncluster_formation.discovery_retry_interval = 200\nlog.console = true\nlog.file = false\n");

        // Beside the address that it is told, epmd always takes 127.0.0.1: this host's own.
        host.Start("epmd", ["-address", address]);
        await host.WaitForAsync(mesh.Nodes[index].PeerAddress, 4369);
        return host.Start(Script("rabbitmq-server"), [], Environment(mesh, index));
    }

    private static async Task<string> CtlAsync(MeshLab mesh, int index, params string[] arguments)
    {
        ShellResult result = await mesh.Nodes[index].Host.RunAsync(Script("rabbitmqctl"), arguments, Environment(mesh, index));
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)}: {result}");
    }

    // Debian's wrapper changes to a user of its own; the scripts themselves do not.
    private static string Script(string name) =>
        Path.Combine(Directory.GetDirectories("/usr/lib/rabbitmq/lib", "rabbitmq_server-*").Single(), "sbin", name);

    private static Dictionary<string, string> Environment(MeshLab mesh, int index)
    {
        TemporaryFolder folder = mesh.Nodes[index].Host.Folder;
        string bind = mesh.Nodes[index].PeerAddress.ToString().Replace('.', ',');
        return new(StringComparer.Ordinal)
        {
            ["RABBITMQ_NODENAME"] = string.Create(CultureInfo.InvariantCulture, $"rabbit@rab{index + 1}"),
            ["RABBITMQ_DIST_PORT"] = string.Create(CultureInfo.InvariantCulture, $"{25671 + index}"),
            ["RABBITMQ_CONFIG_FILE"] = folder["rabbitmq.conf"],
            ["RABBITMQ_MNESIA_BASE"] = folder["mnesia"],
            ["RABBITMQ_LOG_BASE"] = folder["log"],
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = folder["enabled_plugins"],
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = $"-kernel inet_dist_use_interface {{{bind}}}",
            ["ERL_INETRC"] = folder["inetrc"],
            ["HOME"] = folder.Path,
        };
    }
}
