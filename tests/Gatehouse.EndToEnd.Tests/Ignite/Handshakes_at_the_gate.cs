using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

[Collection(nameof(GuardedTables))]
public sealed class Handshakes_at_the_gate(GuardedTables ignite)
{
    private const int InvalidCredentials = 983042;
    private const int AccessDenied = 983044;

    [Fact]
    public async Task The_node_sees_the_gates_login_and_nothing_of_the_clients()
    {
        int before = ignite.Node.Handshakes.Count;
        await using ThinClient client = await ThinClient.ConnectAsync(ignite.As("orders") with { Extensions = [("x-unknown", "what the client says")] });

        client.Handshake.NodeName.ShouldBe("node-1");
        client.Handshake.NodeId.ShouldBe(ignite.Node.NodeId);
        client.Handshake.IdleTimeout.ShouldBe(TimeSpan.FromSeconds(60));
        var seen = ignite.Node.Handshakes.Skip(before).Last(h => h.Features.ToBytes().Length > 1);
        seen.User.ShouldBe("gate");
        seen.Extensions.Select(e => e.Key).Order().ShouldBe(["authn-identity", "authn-secret", "authn-type"]);
        seen.Extensions.ShouldNotContain(e => e.Value == "orders" || e.Value == GuardedTables.Password);
    }

    [Theory]
    [InlineData("orders", "wrong", InvalidCredentials)]
    [InlineData("orders", "", InvalidCredentials)]
    [InlineData("not-there", GuardedTables.Password, InvalidCredentials)]
    [InlineData("gate", GuardedTables.Upstream, InvalidCredentials)]
    [InlineData("rightless", GuardedTables.Password, AccessDenied)]
    [InlineData(null, null, InvalidCredentials)]
    public async Task Whoever_has_no_right_gets_an_error_and_no_connection_to_the_node(string? user, string? password, int code)
    {
        int before = ignite.Node.Handshakes.Count;

        await using ThinClient client = await ThinClient.OpenAsync(ignite.As(user, password));

        client.Handshake.Error.ShouldNotBeNull().Code.ShouldBe(code);
        client.Handshake.Error!.Message.ShouldStartWith("GH70");
        ignite.Node.Handshakes.Count.ShouldBe(before);
    }

    [Theory]
    [InlineData("compute-executor-id")]
    [InlineData("COMPUTE-EXECUTOR-ID")]
    [InlineData("Compute-Executor-Id")]
    public async Task The_executors_way_around_the_login_is_closed(string key)
    {
        // The node would let it in: that is what the gate is for.
        await using (ThinClient direct = await ThinClient.OpenAsync(new ThinClientOptions { Port = ignite.Node.Port, Extensions = [(key, "1")] }))
        {
            direct.Handshake.Error.ShouldBeNull();
        }

        int before = ignite.Node.Handshakes.Count;
        await using ThinClient anonymous = await ThinClient.OpenAsync(ignite.As(null) with { Extensions = [(key, "1")] });
        anonymous.Handshake.Error.ShouldNotBeNull().Message.ShouldStartWith("GH5402");
        await using ThinClient known = await ThinClient.OpenAsync(ignite.As("admin-of-ignite") with { Extensions = [(key, "1")] });
        known.Handshake.Error.ShouldNotBeNull().Message.ShouldStartWith("GH5402");
        ignite.Node.Handshakes.Count.ShouldBe(before);
    }

    [Fact]
    public async Task A_second_identity_in_one_handshake_is_refused()
    {
        await using ThinClient client = await ThinClient.OpenAsync(ignite.As("orders") with { Extensions = [("Authn-Identity", "admin-of-ignite")] });

        client.Handshake.Error.ShouldNotBeNull().Message.ShouldStartWith("GH7010");
    }

    [Theory]
    [InlineData("")]
    [InlineData("3b")]
    [InlineData("3b4205")]
    [InlineData("ffffff")]
    [InlineData("ffffffffffffffffffffffffffffffff")]
    public async Task Only_features_that_client_gate_and_node_know_are_spoken(string mask)
    {
        await using ThinClient client = await ThinClient.ConnectAsync(ignite.As("orders") with { FeatureBytes = Convert.FromHexString(mask) });

        var seen = ignite.Node.Handshakes[^1];
        foreach (int hidden in (int[])[2, 6, 7, 8, 10, 15, 17, 19, 20, 23])
        {
            seen.Features.Has(hidden).ShouldBeFalse($"bit {hidden} to the node");
            client.Handshake.Features.Has(hidden).ShouldBeFalse($"bit {hidden} to the client");
        }

        (await client.GetAsync(ignite.Orders, "no such key")).ShouldBeNull();
    }

    [Fact]
    public async Task Another_version_of_the_protocol_is_refused_in_words()
    {
        await using ThinClient client = await ThinClient.OpenAsync(ignite.As("orders") with { Version = (3, 1, 0) });

        client.Handshake.Error.ShouldNotBeNull();
    }
}
