using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Mqtt.Brokers;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>mosquitto_pub and mosquitto_sub as an operator would use them.</summary>
[Collection(nameof(MqttGates))]
public sealed class Mosquitto_clients_through_the_gate(MqttGates gates)
{
    [Theory]
    [InlineData("mqttv31", false)]
    [InlineData("mqttv311", false)]
    [InlineData("mqttv5", false)]
    [InlineData("mqttv31", true)]
    [InlineData("mqttv311", true)]
    [InlineData("mqttv5", true)]
    public async Task Publishing_is_got(string version, bool isSecure)
    {
        string topic = $"a/{version}/{isSecure}";
        string[] login = Login("alice", MqttGates.Password, isSecure);
        for (int qos = 0; qos < 3; qos++)
        {
            (await ToolAsync("mosquitto_pub", [.. login, "-V", version, "-q", $"{qos}", "-r", "-t", topic, "-m", $"text {qos}"])).ExitCode.ShouldBe(0);
            ShellResult got = await ToolAsync("mosquitto_sub", [.. login, "-V", version, "-q", $"{qos}", "-t", topic, "-C", "1", "-W", "10"]);
            got.ExitCode.ShouldBe(0, got.ToString());
            got.Output.ShouldBe($"text {qos}\n");
        }
    }

    [Theory]
    [InlineData("mqttv31")]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task A_wrong_password_is_told(string version)
    {
        ShellResult result = await ToolAsync("mosquitto_pub", [.. Login("alice", "wrong", true), "-V", version, "-t", "a/x", "-m", "no"]);
        result.ExitCode.ShouldNotBe(0);
        result.ToString().ShouldContain("Connection");
    }

    [Fact]
    public async Task A_denied_publish_is_told_in_5_and_acknowledged_before()
    {
        ShellResult five = await ToolAsync("mosquitto_pub", [.. Login("alice", MqttGates.Password, true), "-V", "mqttv5", "-q", "1", "-t", "b/x", "-m", "no"]);
        five.ToString().ShouldContain("Not authorized");
        ShellResult four = await ToolAsync("mosquitto_pub", [.. Login("alice", MqttGates.Password, true), "-V", "mqttv311", "-q", "1", "-t", "b/x", "-m", "no"]);
        four.ExitCode.ShouldBe(0, four.ToString());
        ShellResult subscribe = await ToolAsync("mosquitto_sub", [.. Login("alice", MqttGates.Password, true), "-V", "mqttv311", "-t", "b/x", "-W", "5"]);
        subscribe.ToString().ShouldContain("denied");
    }

    [Fact]
    public async Task A_client_certificate_is_a_login()
    {
        using var authority = new ClientAuthority("devices");
        using var strangers = new ClientAuthority("strangers");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["devices.pem"], authority.Pem);
        int port = Ports.Free();
        await using Daemon daemon = new(
            $"""
            gates:
              devices:
                protocol: mqtt
                listen: 127.0.0.1:{port}
                upstream: tcp://127.0.0.1:{gates.Broker.Port}
                realms: [cards]
                client_ca_file: {folder["devices.pem"]}

            """);
        await daemon.StartAsync();
        await daemon.SetRoleAsync("device", "mqtt:publish,subscribe:device/${cert.cn}/#");
        string realm = $"kind: pki\ncertificate:\n  authorities: |\n{string.Concat(authority.Pem.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => $"    {l}\n"))}";
        ShellResult made = await daemon.CliAsync(["realm", "set", "cards", "-f", "-"], realm);
        made.ExitCode.ShouldBe(0, made.ToString());
        ShellResult mapped = await daemon.CliAsync(["mapping", "set", "devices", "--role", "device", "--realm", "cards"]);
        mapped.ExitCode.ShouldBe(0, mapped.ToString());
        using X509Certificate2 known = authority.Sign("CN=pump-7");
        using X509Certificate2 unknown = strangers.Sign("CN=pump-7");
        await WriteAsync(known, folder["known"]);
        await WriteAsync(unknown, folder["unknown"]);
        string[] basic = ["-h", "127.0.0.1", "-p", $"{port}", "--cafile", daemon.CaFile, "-V", "mqttv5", "-q", "1"];

        ShellResult own = await ToolAsync("mosquitto_pub", [.. basic, "--cert", folder["known.pem"], "--key", folder["known.key"], "-t", "device/pump-7/x", "-m", "yes"]);
        ShellResult other = await ToolAsync("mosquitto_pub", [.. basic, "--cert", folder["known.pem"], "--key", folder["known.key"], "-t", "device/pump-8/x", "-m", "no"]);
        ShellResult foreign = await ToolAsync("mosquitto_pub", [.. basic, "--cert", folder["unknown.pem"], "--key", folder["unknown.key"], "-t", "device/pump-7/x", "-m", "no"]);
        ShellResult none = await ToolAsync("mosquitto_pub", [.. basic, "-t", "device/pump-7/x", "-m", "no"]);

        own.ExitCode.ShouldBe(0, own + string.Join('\n', daemon.Trail().TakeLast(5)));
        other.ToString().ShouldContain("Not authorized");
        foreign.ExitCode.ShouldNotBe(0);
        none.ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task A_broker_that_restarts_ends_its_connections_and_takes_new_ones()
    {
        await using MosquittoBroker broker = await MosquittoBroker.StartAsync();
        int port = Ports.Free();
        await using Daemon daemon = new($"gates:\n  one:\n    protocol: mqtt\n    tls: false\n    listen: 127.0.0.1:{port}\n    upstream: tcp://127.0.0.1:{broker.Port}\n");
        await daemon.StartAsync();
        await daemon.SetRoleAsync("some", "mqtt:publish,subscribe:a/#");
        await daemon.AddUserAsync("alice", MqttGates.Password, "some");
        var fields = new ConnectFields(5, "restart") { User = "alice", Password = MqttGates.Password };
        await using Player player = await Player.OpenAsync(new MqttEndpoint(port), 5);
        await player.ConnectAsync(fields);

        await broker.KillAsync();
        await player.EndAsync();
        await using Player without = await Player.OpenAsync(new MqttEndpoint(port), 5);
        await without.ConnectAsync(fields);
        without.News()[0].ShouldBe("CONNACK present=0 code=88");
        await broker.RestartAsync();
        await using Player with = await Player.OpenAsync(new MqttEndpoint(port), 5);
        await with.ConnectAsync(fields);
        with.News().ShouldBe(["CONNACK present=0 code=00"]);
    }

    private static async Task WriteAsync(X509Certificate2 certificate, string name)
    {
        await File.WriteAllTextAsync(name + ".pem", certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(name + ".key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private static async Task<ShellResult> ToolAsync(string program, string[] arguments)
    {
        var since = Stopwatch.StartNew();
        ShellResult result = await Shell.RunAsync(program, arguments, seconds: 20);
        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
        return result;
    }

    private string[] Login(string user, string password, bool isSecure) =>
        ["-h", "127.0.0.1", "-p", $"{gates.Gate(isSecure ? "secure" : "plain").Port}", .. isSecure ? (string[])["--cafile", gates.Daemon.CaFile] : [], "-u", user, "-P", password];
}
