using System.Buffers.Binary;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Node.State;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>That the stand-in of a node has the manners of the real one, good and bad, and that the tests' own client speaks as written down.</summary>
public sealed class Thin_client_stand_in
{
    private static readonly Dictionary<string, string> Bob = new() { ["bob"] = "secret" };

    public static TheoryData<IgniteVersion> Versions => [.. Enum.GetValues<IgniteVersion>()];

    [Theory]
    [InlineData("", 74)]
    [InlineData("3b", 75)]
    public void The_first_frame_has_the_size_of_the_real_clients(string mask, int size)
    {
        byte[] bytes = Convert.FromHexString(mask);
        var options = new ThinClientOptions { Port = 1, User = "bob", Password = "secret", Features = FeatureSet.Parse(bytes), WideStrings = true };
        options.Features.ToBytes().ShouldBe(bytes);

        // The size that was seen is that of the magic, the length and the payload. The smallest forms would make it three bytes less.
        (8 + options.BuildHandshake().Length).ShouldBe(size);
        (8 + (options with { WideStrings = false }).BuildHandshake().Length).ShouldBe(size - 3);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Every_operation_of_a_version_is_done(IgniteVersion version)
    {
        await using StandInNode node = await StandInNode.StartAsync(new StandInNodeOptions { Version = version });
        foreach (FeatureSet features in (FeatureSet[])[FeatureSet.None, FeatureSet.Client310, FeatureSet.ClientHead, FeatureSet.All, FeatureSet.All.Except(FeatureSet.DirectMapping)])
        {
            var world = new SampleWorld(node.Tables.Find("orders")?.Id ?? node.Tables.Create("orders"));
            await using ThinClient client = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port, Features = features, WideStrings = features.Has(0) });
            foreach (SampleCall sample in Samples.All(world).Where(s => (client.Mutual & s.Needs) == s.Needs))
            {
                node.Calls.Clear();
                ThinAnswer answer = await sample.RunAsync(client);
                bool isKnown = Enum.IsDefined(sample.Opcode) && sample.Opcode is not (Op.Handshake or Op.ServerOpResponse) && sample.Opcode <= version.LastOperation();
                answer.IsOk.ShouldBe(isKnown, $"{version} {features.Bits:x} {sample.Name}: {answer.Error}");
                RecordedCall call = node.Calls.All[^1];
                (call.Opcode, call.User).ShouldBe((sample.Opcode, "unknown"));
            }
        }
    }

    [Fact]
    public void There_is_a_sample_of_every_operation() =>
        Enum.GetValues<Op>().Where(o => o > Op.Handshake).Except(Samples.All(new SampleWorld(1)).Select(s => s.Opcode)).ShouldBeEmpty();

    [Fact]
    public async Task Samples_read_to_the_last_byte()
    {
        await using StandInNode node = await StandInNode.StartAsync();
        var world = new SampleWorld(node.Tables.Create("orders"));
        await using ThinClient client = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port, Features = FeatureSet.All });
        foreach (SampleCall sample in Samples.All(world).Where(s => !s.IsAlwaysRefused && s.Opcode is not (Op.JdbcTableMeta or Op.JdbcColumnMeta)))
        {
            node.Unread.Clear();
            (await sample.RunAsync(client)).IsOk.ShouldBeTrue(sample.Name);
            node.Unread.ShouldBeEmpty(sample.Name);
        }
    }

    [Fact]
    public async Task The_handshake_says_what_the_node_is()
    {
        await using StandInNode node = await StandInNode.StartAsync(new StandInNodeOptions { Users = Bob, NodeName = "n7", ClusterName = "c", IdleTimeout = TimeSpan.FromMinutes(1) });
        await using ThinClient client = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port, User = "BOB", Password = "secret" });
        HandshakeAnswer said = client.Handshake;
        (said.NodeName, said.ClusterName, said.NodeId, said.Version).ShouldBe(("n7", "c", node.NodeId, "3.2.0-SNAPSHOT"));
        said.IdleTimeout.ShouldBe(TimeSpan.FromMinutes(1));
        said.ClusterIds.ShouldBe([node.ClusterId]);
        (said.Features.Has(2), said.Features.Has(13)).ShouldBe((false, true), "direct mapping is offered to those only who have all of it");
        node.Handshakes.Single().User.ShouldBe("bob", "names of users know no case");
        await using ThinClient whole = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port, User = "bob", Password = "secret", Features = FeatureSet.All });
        whole.Handshake.Features.ShouldBe(IgniteVersion.V320.Offers());
    }

    [Theory]
    [InlineData(null, null, ThinError.InvalidCredentials)]
    [InlineData("bob", "Secret", ThinError.InvalidCredentials)]
    [InlineData("eve", "secret", ThinError.InvalidCredentials)]
    public async Task Who_has_no_password_is_told_so(string? user, string? password, int code)
    {
        await using StandInNode node = await StandInNode.StartAsync(new StandInNodeOptions { Users = Bob });
        await using ThinClient client = await ThinClient.OpenAsync(new ThinClientOptions { Port = node.Port, User = user, Password = password });
        client.Handshake.Error!.Code.ShouldBe(code);
        client.IsClosed.ShouldBeFalse("it is for the client to close");
        await client.SendAsync(Op.Heartbeat);
        await client.Closed;
        node.Calls.Count.ShouldBe(0);
    }

    [Fact]
    public async Task An_executor_needs_no_password()
    {
        await using StandInNode node = await StandInNode.StartAsync(new StandInNodeOptions { Users = Bob });
        await using ThinClient client = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port, Extensions = [("Compute-Executor-ID", "x")] });
        await client.HeartbeatAsync();
        node.Handshakes.Single().Bypassed.ShouldBeTrue();
        (await Should.ThrowAsync<ThinRefusedException>(ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port, User = "bob", Password = "secret", Extensions = [("AUTHN-SECRET", "no")] })))
            .Error.Code.ShouldBe(ThinError.InvalidCredentials, "the later of two wins");
        (await Should.ThrowAsync<ThinRefusedException>(ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port, Extensions = [("authn-type", "ldap")] })))
            .Error.Code.ShouldBe(983041);
        (await Should.ThrowAsync<ThinRefusedException>(ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port, Version = (3, 1, 0) }))).Error.Code.ShouldNotBe(0);
    }

    [Fact]
    public async Task Rows_are_where_they_were_written()
    {
        await using StandInNode node = await StandInNode.StartAsync();
        await using ThinClient client = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port });
        await client.SqlAsync("CREATE TABLE sales.\"odd name\" (id varchar primary key, v varchar)");
        int id = (await client.TableIdAsync("SALES", "odd name"))!.Value;
        (await client.TableIdAsync("sales.\"odd name\"")).ShouldBe(id);
        await client.UpsertAsync(id, "k", "v");
        (await client.GetAsync(id, "k")).ShouldBe("v");
        long tx = await client.BeginAsync();
        await client.UpsertAsync(id, "k", "other", tx);
        await client.DeleteAsync(id, "k", tx);
        await client.RollbackAsync(tx);
        (await client.GetAsync(id, "k")).ShouldBe("v");
        (await client.DeleteAsync(id, "k")).ShouldBeTrue();
        (await client.GetAsync(id, "k")).ShouldBeNull();
        await client.SqlAsync("DROP TABLE sales.\"odd name\"");
        (await client.TableIdAsync("SALES", "odd name")).ShouldBeNull();
        node.Tables.Create("SALES", "odd name").ShouldBeGreaterThan(id, "no id is used again");
        (await Should.ThrowAsync<ThinRefusedException>(client.GetAsync(id, "k"))).Error.Message!.ShouldContain("does not exist");
    }

    [Fact]
    public async Task Statements_are_recorded_and_the_modifiers_hold()
    {
        await using StandInNode node = await StandInNode.StartAsync();
        node.Tables.Create("orders");
        await using ThinClient client = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port, Features = FeatureSet.All });
        SqlAnswer page = await client.SqlAsync(new SqlCall("SELECT x FROM TABLE(SYSTEM_RANGE(1, 5))") { PageSize = 2, Modifiers = 1 });
        (string.Join(' ', page.Rows), page.HasMore).ShouldBe(("1 2", true));
        (string.Join(' ', (await client.NextPageAsync(page.Cursor!.Value)).Rows)).ShouldBe("3 4");
        (await client.NextPageAsync(page.Cursor!.Value)).HasMore.ShouldBeFalse();
        await Should.ThrowAsync<ThinRefusedException>(client.NextPageAsync(page.Cursor!.Value));
        foreach ((string sql, byte mask) in ((string, byte)[])[("INSERT INTO orders VALUES ('a;', 1)", 2), ("/* ; */ DROP TABLE orders", 4), ("START TRANSACTION", 8)])
        {
            await Should.ThrowAsync<ThinRefusedException>(client.SqlAsync(new SqlCall(sql) { Modifiers = (byte)(31 & ~mask) }));
        }

        await Should.ThrowAsync<ThinRefusedException>(client.SqlAsync(new SqlCall("SELECT 1; SELECT 2") { Modifiers = 15 }));
        node.Tables.Find("orders")!.Writes.ShouldBe(0);
        (await client.SqlAsync(new SqlCall("insert into orders values (1, 2), (3, 4)") { Modifiers = 2, Schema = "PUBLIC" })).Affected.ShouldBe(2);
        node.Tables.Find("orders")!.Writes.ShouldBe(1);
        RecordedStatement last = node.Statements[^1];
        (last.Opcode, last.Schema, last.Modifiers).ShouldBe((Op.SqlExec, "PUBLIC", (byte)2));
        (await client.BatchAsync("DELETE FROM orders WHERE id = ?", "1", "2")).ShouldBe([1L, 1L]);
        await Should.ThrowAsync<ThinRefusedException>(client.BatchAsync("DROP TABLE orders", "1"));
        await client.ScriptAsync("DROP TABLE orders; CREATE TABLE other (id int primary key)");
        node.Tables.All.Select(t => t.Name).ShouldBe(["OTHER"]);
    }

    [Fact]
    public async Task Jobs_end_and_anybody_may_cancel_them()
    {
        await using StandInNode node = await StandInNode.StartAsync();
        await using ThinClient one = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port });
        await using ThinClient other = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port });
        node.Faults.Plan(Op.ComputeExecute, NodeFaultKind.NotifyFirst);
        long early = await one.SendAsync(Op.ComputeExecute, w => w.Execute(one.Mutual, new JobCall("a.B"), "node-1"));
        (await one.AnswerAsync(early)).IsOk.ShouldBeTrue();
        one.Received.Select(a => a.Flags).ShouldBe([2, 0], "the notification came first");
        long sleeping = await one.SendAsync(Op.ComputeExecute, w => w.Execute(one.Mutual, new JobCall("a.Sleep"), "node-1"));
        Guid job = (await one.AnswerAsync(sleeping)).Reader().Uuid();
        (await other.CallAsync(Op.ComputeCancel, w => w.Uuid(job))).Reader().Bool().ShouldBeTrue();
        (await one.NotificationAsync(sleeping)).Error!.Message!.ShouldContain("cancelled");
        node.Jobs.Find(job)!.IsCancelled.ShouldBeTrue();
    }

    [Fact]
    public async Task Faults_happen_once_as_planned()
    {
        await using StandInNode node = await StandInNode.StartAsync();
        await using ThinClient client = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port });
        node.Faults.Plan(Op.TablesGet, NodeFaultKind.HoldUntilNext);
        long held = await client.SendAsync(Op.TablesGet);
        long next = await client.SendAsync(Op.Heartbeat);
        await client.AnswerAsync(held);
        client.Received.Select(a => a.RequestId).ShouldBe([next, held]);
        node.Faults.Plan(Op.Any, NodeFaultKind.PartitionFlag);
        (await client.CallAsync(Op.Heartbeat)).AssignmentTimestamp.ShouldNotBeNull();
        node.Faults.Plan(Op.Heartbeat, new NodeFault(NodeFaultKind.Error, Code: 983044));
        (await client.CallAsync(Op.Heartbeat)).Error!.Code.ShouldBe(983044);
        node.Faults.Plan(Op.Heartbeat, NodeFaultKind.ServerOperation);
        await client.HeartbeatAsync();
        client.Received.ShouldContain(a => a.Flags == 8 && a.RequestId == -1);
        node.Faults.Plan(Op.Heartbeat, new NodeFault(NodeFaultKind.Close) { After = 1 });
        await client.HeartbeatAsync();
        await Should.ThrowAsync<IOException>(client.HeartbeatAsync());
    }

    [Fact]
    public async Task What_is_no_frame_ends_the_connection_without_a_word()
    {
        await using StandInNode node = await StandInNode.StartAsync();
        await Should.ThrowAsync<IOException>(ThinClient.OpenAsync(new ThinClientOptions { Port = node.Port, Handshake = [0xC1] }));
        await using ThinClient client = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port });
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, -1);
        await client.SendRawAsync(length);
        await client.Closed;
        await using ThinClient idle = await ThinClient.ConnectAsync(new ThinClientOptions { Port = node.Port });
        node.SetUsers(Bob);
        await idle.Closed;
    }
}
