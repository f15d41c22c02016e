using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>The npm packages mqtt, aedes and ws, and the scripts that use them.</summary>
internal static class MqttClients
{
    /// <summary>Where they are installed.</summary>
    public static async Task<string> FolderAsync()
    {
        string folder = Path.Combine(Repository.Root, "tests/clients/mqtt");
        ShellResult install = await Shell.BashAsync("[ -d node_modules ] || npm ci --no-audit --no-fund", directory: folder, seconds: 180);
        install.ExitCode.ShouldBe(0, install.ToString());
        return folder;
    }

    /// <summary>Runs a suite of client.mjs; the lines it printed.</summary>
    public static async Task<string[]> RunAsync(string suite, string url, int version, string ca, string user, string password, int mostQos = 2)
    {
        var environment = new Dictionary<string, string>
        {
            ["MQTT_URL"] = url,
            ["MQTT_VERSION"] = $"{version}",
            ["MQTT_CA"] = ca,
            ["MQTT_USER"] = user,
            ["MQTT_PASSWORD"] = password,
            ["MQTT_QOS"] = $"{mostQos}",
        };
        ShellResult result = await Shell.RunAsync("node", ["client.mjs", suite], environment: environment, directory: await FolderAsync(), seconds: 90);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
