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
}
