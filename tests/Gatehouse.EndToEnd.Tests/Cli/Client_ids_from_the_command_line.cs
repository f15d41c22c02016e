using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Mqtt.ClientIds;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>Owned client ids, made through the book while the daemon is down, as a person sees and frees them.</summary>
public sealed class Client_ids_from_the_command_line
{
    private const string Hostile = "pump\e[31m\u202e";
    private static readonly ClientIdOwner Anna = new("native", "anna", "1");

    [Fact]
    public async Task They_are_listed_shown_and_freed_and_a_start_keeps_the_rest()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.StopAsync();
        await MakeAsync(daemon);
        await daemon.StartAsync();

        ShellResult list = await daemon.CliAsync(["client-id", "list", "--user", "anna"]);
        list.Output.ShouldStartWith("CLIENT ID");
        list.Output.ShouldContain("pump-1");
        list.Output.ShouldNotContain("\e");
        list.Output.ShouldNotContain("\u202e");
        list.Output.ShouldNotContain("pump-3");
        (await daemon.JsonAsync("client-id", "list")).GetProperty("client_ids").GetArrayLength().ShouldBe(5);

        JsonElement shown = await daemon.JsonAsync("client-id", "show", "pump-1");
        shown.GetProperty("user").GetString().ShouldBe("anna");
        shown.GetProperty("state").GetString().ShouldBe("kept");
        shown.GetProperty("session_expiry").GetInt64().ShouldBe(uint.MaxValue);
        (await daemon.CliAsync(["client-id", "show", "pump-1"])).Output.ShouldContain("for ever");
        (await daemon.CliAsync(["client-id", "show", "both"])).ShouldBeRefused("GH9024");
        (await daemon.CliAsync(["client-id", "show", "both", "--broker", "other"])).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["client-id", "show", "pump-9"])).ShouldBeRefused("GH9009");
        (await daemon.CliAsync(["client-id", "show"])).ExitCode.ShouldBe(2);

        (await daemon.CliAsync(["client-id", "release", "pump-1"], "no\n")).ExitCode.ShouldBe(1);
        (await daemon.CliAsync(["client-id", "release", "pump-1"], "yes\n")).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["client-id", "release", "pump-1", "--yes"])).ShouldBeRefused("GH9009");
        string key = ClientIdKey.Of("broker", Hostile).ToString();
        (await daemon.CliAsync(["client-id", "release", "--key", key, "--yes"])).ExitCode.ShouldBe(0);

        await daemon.StopAsync();
        daemon.Trail().Count(static r => r.GetRawText().Contains("client id of native/anna freed", StringComparison.Ordinal)).ShouldBe(2);
        await daemon.StartAsync();
        (await daemon.JsonAsync("client-id", "list")).GetProperty("client_ids").GetArrayLength().ShouldBe(3);
    }

    private static async Task MakeAsync(Daemon daemon)
    {
        var options = new NodeOptions
        {
            DataDirectory = daemon.Data,
            ConfigurationFile = daemon.ConfigurationFile,
            NodeKeyPath = Directory.GetFiles(daemon.Folder["config"], "*.key", SearchOption.AllDirectories).ShouldHaveSingleItem(),
        };
        await using OfflineNode node = await OfflineNode.OpenAsync(options, TestContext.Current.CancellationToken);
        await using ClientIdBook book = new(node.Store, TimeProvider.System, NullLogger.Instance, new ClientIdLimits());
        await book.LoadAsync(TestContext.Current.CancellationToken);
        foreach ((string broker, string id, ClientIdOwner owner) in new[]
        {
            ("broker", "pump-1", Anna), ("broker", Hostile, Anna), ("broker", "pump-3", Anna with { Name = "ben" }), ("broker", "both", Anna), ("other", "both", Anna),
        })
        {
            ClientIdResult result = await book.ClaimAsync(broker, id, owner, ClientIdLife.Forever, TestContext.Current.CancellationToken);
            (await result.Claim.ShouldNotBeNull().AcceptAsync(ClientIdLife.Forever, TestContext.Current.CancellationToken)).ShouldBeTrue();
            result.Claim.Release();
        }
    }
}
