using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

[Collection(nameof(GuardedTables))]
public sealed class Attacks_at_the_gate(GuardedTables ignite)
{
    [Fact]
    public async Task Frames_cut_anywhere_and_many_at_once_are_the_same_requests()
    {
        await using ThinClient client = await ignite.ConnectAsync("orders");
        byte[] denied = Frames.Of(new PackWriter().Int((int)Op.TableGetQualified).Int(901).Text("PUBLIC").Text("SALARIES").ToArray());
        byte[] allowed = Frames.Of(new PackWriter().Int((int)Op.TableGetQualified).Int(902).Text("PUBLIC").Text("ORDERS").ToArray());
        byte[] heartbeat = Frames.Of(new PackWriter().Int((int)Op.Heartbeat).Int(903).ToArray());
        byte[] all = [.. denied, .. allowed, .. heartbeat];

        for (int i = 0; i < all.Length; i++)
        {
            await client.SendRawAsync(all.AsMemory(i, 1));
        }

        (await client.AnswerAsync(901)).Error.ShouldNotBeNull().Message.ShouldStartWith("GH7004");
        (await client.AnswerAsync(902)).Reader().Int().ShouldBe(ignite.Orders);
        (await client.AnswerAsync(903)).Reader();
    }

    [Fact]
    public async Task A_flood_of_refused_requests_is_answered_to_the_last_and_costs_nobody_else()
    {
        await using ThinClient client = await ignite.ConnectAsync("orders");
        const int many = 2000;
        var flood = new MemoryStream();
        for (int i = 0; i < many; i++)
        {
            flood.Write(Frames.Of(new PackWriter().Int(2).Int(10_000 + i).ToArray()));
        }

        await client.SendRawAsync(flood.ToArray());
        await using ThinClient other = await ignite.ConnectAsync("orders");
        await other.HeartbeatAsync();

        for (int i = 0; i < many; i++)
        {
            (await client.AnswerAsync(10_000 + i)).Error.ShouldNotBeNull();
        }

        await client.HeartbeatAsync();
    }

    [Fact]
    public async Task Values_of_refused_and_allowed_statements_and_passwords_are_in_no_record()
    {
        await using ThinClient client = await ignite.ConnectAsync("orders");
        await client.SqlAsync("SELECT * FROM ORDERS WHERE NAME = 'hidden-value-1'");
        await Should.ThrowAsync<ThinRefusedException>(() => client.SqlAsync("SELECT * FROM SALARIES WHERE NAME = 'hidden-value-2' AND X = 424242001"));
        await Should.ThrowAsync<ThinRefusedException>(() => client.SqlAsync("SELECT * FROM ORDERS WHERE NAME = 'hidden-value-3"));
        await Should.ThrowAsync<ThinRefusedException>(() => client.SqlAsync("GRANT ALL TO 'hidden-value-4'"));
        await using ThinClient wrong = await ThinClient.OpenAsync(ignite.As("orders", "hidden-value-5"));
        wrong.Handshake.Error.ShouldNotBeNull();

        string[] records = [.. ignite.Daemon.Trail().Select(static record => record.GetRawText())];

        records.ShouldContain(static record => record.Contains("PUBLIC.SALARIES", StringComparison.Ordinal));
        records.ShouldNotContain(static record => record.Contains("hidden-value", StringComparison.Ordinal) || record.Contains("424242001", StringComparison.Ordinal));
        records.ShouldNotContain(static record => record.Contains(GuardedTables.Password, StringComparison.Ordinal) || record.Contains(GuardedTables.Upstream, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_may_no_longer_run_a_class_hears_nothing_of_what_it_does()
    {
        await ignite.Daemon.SetRoleAsync("running", "ignite:compute.execute:org.example.*", "ignite:table.read:PUBLIC.ORDERS");
        await ignite.Daemon.AddUserAsync("running", GuardedTables.Password, "running");
        await using ThinClient client = await ignite.ConnectAsync("running");
        await client.ExecuteAsync("org.example.SleepJob");

        await ignite.Daemon.SetRoleAsync("running", "ignite:table.read:PUBLIC.ORDERS");

        await client.Closed.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_version_in_another_form_is_no_other_version()
    {
        string[] role = ["role", "set", "versions", "--grant", "ignite:compute.execute:*", "--grant", "ignite:compute.unit u:*", "--deny", "ignite:compute.unit u:1.0.0"];
        (await ignite.Daemon.CliAsync(role)).ExitCode.ShouldBe(0);
        await ignite.Daemon.AddUserAsync("versions", GuardedTables.Password, "versions");
        await using ThinClient client = await ignite.ConnectAsync("versions");
        ignite.Node.Calls.Clear();

        foreach (string version in (string[])["1.0.0", "1.0", "1", "01.0.0", "+1.0.0", "1.0.0."])
        {
            (await Should.ThrowAsync<ThinRefusedException>(() => client.ExecuteAsync("org.example.EchoJob", $"u:{version}"))).Error.Message.ShouldNotBeNull(version);
        }

        ignite.Node.Calls.Of(Op.ComputeExecute).ShouldBeEmpty();
        await client.ExecuteAsync("org.example.EchoJob", "u:1.0.1");
    }
}
