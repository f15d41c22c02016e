using System.Collections.Immutable;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>Acting as another user: a right of its own, decided with every request, and ended with it.</summary>
public sealed class RunAsTests : IAsyncLifetime
{
    private ScriptedUpstream _upstream = null!;
    private GateHarness _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        _gate = await GateHarness.StartAsync(_upstream.Port);
        Grant("ber*");
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("dora", "bert", "GET", "/read", 200)]
    [InlineData("dora", "bert", "DELETE", "/items/1", 403)]
    [InlineData("dora", "anna", "GET", "/read", 403)]
    [InlineData("dora", "berta", "GET", "/read", 403)]
    [InlineData("dora", "", "GET", "/read", 403)]
    [InlineData("bert", "anna", "GET", "/read", 403)]
    [InlineData("anna", "carl", "GET", "/read", 403)]
    [InlineData("anna", "bert", "DELETE", "/items/1", 403)]
    [InlineData("anna", "anna", "DELETE", "/items/1", 200)]
    public async Task What_counts_is_the_right_to_act_and_the_rights_of_the_other(string who, string other, string method, string target, int status)
    {
        foreach (string name in new[] { "X-Gatehouse-Run-As", "ES-Security-RunAs-User" })
        {
            (await _gate.SendAsync(GateHarness.Request(who, method, target, $"{name}: {other}\r\n"))).ShouldStartWith($"HTTP/1.1 {status} ");
        }

        _upstream.Received.ShouldNotContain("un-as", Case.Insensitive);
        _upstream.Received.ShouldNotContain("runas", Case.Insensitive);
    }

    [Fact]
    public async Task Without_the_header_nobody_acts()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        await client.SendAsync(GateHarness.Request("dora", "GET", "/read", "X-Gatehouse-Run-As: bert\r\n"));
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");
        await client.SendAsync(GateHarness.Request("dora", "GET", "/read"));
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 403 ");
    }

    [Fact]
    public async Task Twice_is_two_meanings() =>
        (await _gate.SendAsync(GateHarness.Request("dora", "GET", "/read", "X-Gatehouse-Run-As: bert\r\nes-security-runas-user: anna\r\n")))
            .ShouldStartWith("HTTP/1.1 400 ");

    [Theory]
    [InlineData("the right to act")]
    [InlineData("the actor")]
    [InlineData("the other")]
    public async Task What_runs_is_cut_when_any_of_it_is_lost(string what)
    {
        await using ScriptedUpstream streaming = ScriptedUpstream.Start(static async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            while (await peer.ReceiveAsync())
            {
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(streaming.Port);
        Grant("bert", gate);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("dora", "GET", "/stream", "X-Gatehouse-Run-As: bert\r\n"));
        await client.ReadUntilAsync("first");

        if (what == "the right to act")
        {
            Grant("carl", gate);
        }
        else
        {
            gate.Change(document => document with { Users = document.Users.Remove(what == "the actor" ? "dora" : "bert") });
        }

        await client.ReadToEndAsync();
        client.Ended.ShouldNotBeNull();
    }

    private void Grant(string who, GateHarness? gate = null) => (gate ?? _gate).Change(document => document with
    {
        Users = document.Users.SetItem("dora", new UserDocument { Name = "dora", Roles = ["runner"] }),
        Roles = document.Roles.SetItem("runner", new RoleDocument
        {
            Name = "runner",
            Grants = [new Grant { System = "gatehouse", Actions = ["run-as"], Resources = [who] }],
        }),
    });
}
