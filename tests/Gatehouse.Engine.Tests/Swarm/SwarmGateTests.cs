using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Network;
using Gatehouse.Protocols.Libp2p;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Swarm;

/// <summary>The key admits, nothing else does, and who has none hears 24 random bytes.</summary>
public sealed class SwarmGateTests : IDisposable
{
    private static int _variables;

    private readonly SwarmKey _one = SwarmKey.Generate();
    private readonly SwarmKey _two = SwarmKey.Generate();
    private readonly SwarmKey _other = SwarmKey.Generate();
    private readonly List<string> _names = [];

    public static TheoryData<string, bool> Ways => new() { { "verify", true }, { "verify", false }, { "relay", true }, { "relay", false } };

    public void Dispose() => _names.ForEach(static name => Environment.SetEnvironmentVariable(name, null));

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_key_lets_in_and_bytes_go_both_ways_to_the_end(string mode, bool goLike)
    {
        await using FakeMember member = goLike ? FakeMember.GoLike(_one) : FakeMember.JsLike(_one);
        await using GateHarness gate = await StartAsync(member, mode, [_one], _one);
        using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _one);

        await TalkAsync(caller, waits: !goLike);

        caller.Socket.Shutdown(SocketShutdown.Send);
        (await caller.ReadAsync(3)).ShouldBe("bye"u8.ToArray());
        (await caller.ReadRawAsync(1)).ShouldBeEmpty();
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("Success key-1 - - 0 forward=ok reason=-");
        await gate.Trail.WaitForAsync("ConnectionGranted Success key-1");
    }

    [Theory]
    [InlineData("verify", "wrong_key", "AuthenticationFailed")]
    [InlineData("relay", "wrong_key", "AuthenticationFailed")]
    [InlineData("verify", "no_key", "AnonymousAccessDenied")]
    [InlineData("relay", "no_key", "AnonymousAccessDenied")]
    [InlineData("verify", "deadline", "AnonymousAccessDenied")]
    [InlineData("relay", "deadline", "AnonymousAccessDenied")]
    [InlineData("verify", "short", "AnonymousAccessDenied")]
    [InlineData("relay", "short", "AnonymousAccessDenied")]
    public async Task Whoever_proves_nothing_gets_24_bytes_and_silence(string mode, string reason, string record)
    {
        await using FakeMember member = FakeMember.GoLike(_one);
        await using GateHarness gate = await StartAsync(member, mode, [_one], _one, static s => s with { Deadline = TimeSpan.FromSeconds(1) });
        using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _other);
        switch (reason)
        {
            case "wrong_key":
                await caller.SendAsync(PnetHeader.Proposal.ToArray());
                break;
            case "no_key":
                await caller.SendRawAsync(PnetHeader.Proposal.ToArray());
                break;
            case "short":
                await caller.SendNonceAsync();
                caller.Socket.Shutdown(SocketShutdown.Send);
                break;
        }

        byte[] heard = await caller.ReadRawAsync(1000);

        // Without the end of its own direction the caller waits out the deadline; nothing more comes in any case.
        heard.Length.ShouldBe(reason == "short" ? heard.Length : PnetHeader.NonceSize);
        heard.Length.ShouldBeLessThanOrEqualTo(PnetHeader.NonceSize);
        (await gate.Trail.WaitForAsync(record)).ShouldSatisfyAllConditions(
            line => line.ShouldContain("reason=" + reason),
            line => line.ShouldContain("receipt=GH-TEST-1"),
            line => line.ShouldEndWith("problem=GH5560"));
        member.Received.ShouldBe(0);
        gate.Gates.Status[0].Counters.Denied.ShouldBe(1);
        if (mode == "relay")
        {
            member.Connections.ShouldBe(0);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_proof_may_come_cut_anywhere(string mode, bool goLike)
    {
        await using FakeMember member = goLike ? FakeMember.GoLike(_one) : FakeMember.JsLike(_one);
        await using GateHarness gate = await StartAsync(member, mode, [_one], _one);
        for (int cut = 1; cut < PnetHeader.ProofSize; cut++)
        {
            using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _one);
            byte[] proof = caller.Proof();
            await caller.SendRawAsync(proof.AsMemory(0, cut));
            if (cut % 4 == 0)
            {
                await caller.ReadNonceAsync(); // what was sent has been read by then
            }

            await caller.SendRawAsync(proof.AsMemory(cut));

            (await caller.ReadAsync(PnetHeader.HeaderSize)).ShouldBe(PnetHeader.Header.ToArray());
        }
    }

    [Fact]
    public async Task A_relay_takes_every_key_of_the_list_and_speaks_one()
    {
        await using FakeMember member = FakeMember.JsLike(_one);
        await using GateHarness gate = await StartAsync(member, "relay", [_one, _two], _one, static s => s with { Deadline = TimeSpan.FromSeconds(2) });
        foreach (SwarmKey key in (SwarmKey[])[_one, _two])
        {
            using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, key);
            await TalkAsync(caller, waits: true);
        }

        using PnetEnd wrong = await PnetEnd.ConnectAsync(gate.Port, _other);
        await wrong.SendAsync(PnetHeader.Proposal.ToArray());
        (await wrong.ReadRawAsync(1000)).Length.ShouldBe(PnetHeader.NonceSize);
        await gate.Trail.WaitForAsync("ConnectionGranted Success key-1");
        await gate.Trail.WaitForAsync("ConnectionGranted Success key-2");
        await gate.Trail.WaitForAsync("reason=wrong_key");
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("relay")]
    public async Task Bulk_goes_through_unchanged(string mode)
    {
        await using FakeMember member = FakeMember.GoLike(_one);
        await using GateHarness gate = await StartAsync(member, mode, [_one], _one);
        using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _one);
        await TalkAsync(caller, waits: false);
        byte[] bulk = RandomNumberGenerator.GetBytes(4 * 1024 * 1024);

        Task sending = caller.SendAsync(bulk);
        byte[] back = await caller.ReadAsync(bulk.Length);
        await sending;

        back.AsSpan().SequenceEqual(bulk).ShouldBeTrue();
    }

    [Fact]
    public async Task Adding_a_key_drops_nobody_and_taking_one_away_cuts_who_came_with_it()
    {
        await using FakeMember member = FakeMember.JsLike(_one);
        await using GateHarness gate = await StartAsync(member, "relay", [_one], _one);
        using PnetEnd first = await PnetEnd.ConnectAsync(gate.Port, _one);
        await TalkAsync(first, waits: true);

        await gate.Gates.ApplyAsync([Model(gate, member, "relay", [_one, _two], _one)], CancellationToken.None);
        using PnetEnd second = await PnetEnd.ConnectAsync(gate.Port, _two);
        await TalkAsync(second, waits: true);
        await first.SendAsync("still"u8.ToArray());
        (await first.ReadAsync(5)).ShouldBe("still"u8.ToArray());

        await gate.Gates.ApplyAsync([Model(gate, member, "relay", [_two], _one)], CancellationToken.None);
        (await first.ReadRawAsync(1)).ShouldBeEmpty();
        (await gate.Trail.WaitForAsync("AccessGranted Failure key-1")).ShouldContain("forward=cut");
        await second.SendAsync("here"u8.ToArray());
        (await second.ReadAsync(4)).ShouldBe("here"u8.ToArray());
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("relay")]
    public async Task An_address_rule_cuts_who_is_in(string mode)
    {
        await using FakeMember member = FakeMember.GoLike(_one);
        await using GateHarness gate = await StartAsync(member, mode, [_one], _one);
        using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _one);
        await TalkAsync(caller, waits: false);

        gate.Change(static document => document with { Networks = [new AddressRule(AddressRuleEffect.Deny, "127.0.0.1")] });

        (await caller.ReadRawAsync(1)).ShouldBeEmpty();
        await gate.Trail.WaitForAsync("ConnectionCut");
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("relay")]
    public async Task A_state_that_is_too_old_cuts_who_is_in_and_lets_nobody_in(string mode)
    {
        await using FakeMember member = FakeMember.GoLike(_one);
        await using GateHarness gate = await StartAsync(member, mode, [_one], _one);
        using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _one);
        await TalkAsync(caller, waits: false);

        gate.Snapshots.Age(true);

        (await caller.ReadRawAsync(1)).ShouldBeEmpty();
        using PnetEnd late = await PnetEnd.ConnectAsync(gate.Port, _one);
        await late.SendAsync(PnetHeader.Header.ToArray());
        (await late.ReadRawAsync(1000)).Length.ShouldBeLessThanOrEqualTo(PnetHeader.NonceSize);

        gate.Snapshots.Age(false);
        using PnetEnd again = await PnetEnd.ConnectAsync(gate.Port, _one);
        await TalkAsync(again, waits: false);
    }

    [Fact]
    public async Task A_source_has_so_many_connections_and_so_many_that_prove_nothing()
    {
        await using FakeMember member = FakeMember.GoLike(_one);
        await using GateHarness gate = await StartAsync(member, "relay", [_one], _one, static s => s with { ConnectionsPerSource = 3, UnprovenPerSource = 2 });
        using PnetEnd one = await PnetEnd.ConnectAsync(gate.Port, _one);
        using PnetEnd two = await PnetEnd.ConnectAsync(gate.Port, _one);
        await one.ReadNonceAsync();
        await two.ReadNonceAsync();

        using PnetEnd third = await PnetEnd.ConnectAsync(gate.Port, _one);
        (await third.ReadRawAsync(1)).ShouldBeEmpty();
        await gate.Trail.WaitForAsync("reason=unproven_per_source");

        await TalkAsync(one, waits: true);
        await TalkAsync(two, waits: true);
        using PnetEnd fourth = await PnetEnd.ConnectAsync(gate.Port, _one);
        await TalkAsync(fourth, waits: true);
        using PnetEnd fifth = await PnetEnd.ConnectAsync(gate.Port, _one);
        (await fifth.ReadRawAsync(1)).ShouldBeEmpty();
        await gate.Trail.WaitForAsync("reason=connections_per_source");
    }

    [Fact]
    public async Task Who_fails_too_often_is_closed_without_a_byte()
    {
        await using FakeMember member = FakeMember.GoLike(_one);
        await using GateHarness gate = await StartAsync(member, "relay", [_one], _one);
        for (int i = 0; !gate.Trail.Lines.Any(static l => l.Contains("reason=failed_proofs", StringComparison.Ordinal)); i++)
        {
            i.ShouldBeLessThan(200);
            using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _other);
            byte[] first = await caller.ReadRawAsync(1);
            if (first.Length == 0)
            {
                await gate.Trail.WaitForAsync("reason=failed_proofs");
            }
        }

        member.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("relay")]
    public async Task An_upstream_without_a_key_raises_an_alarm(string mode)
    {
        await using FakeMember member = FakeMember.Saying(PnetHeader.Header.ToArray());
        await using GateHarness gate = await StartAsync(member, mode, [_one], _one);
        using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _one);
        await caller.SendAsync(PnetHeader.Proposal.ToArray());

        byte[] heard = await caller.ReadRawAsync(1000);

        heard.Length.ShouldBe(mode == "relay" ? PnetHeader.NonceSize : 0);
        await gate.Trail.WaitForAsync("Alarm Failure");
        (await gate.Trail.WaitForAsync("AccessGranted Failure key-1")).ShouldContain("forward=upstream_malformed");
        member.Received.ShouldBe(0);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("relay")]
    public async Task An_upstream_of_somebody_elses_gets_nothing(string mode)
    {
        await using FakeMember member = FakeMember.GoLike(_one);
        await using GateHarness gate = await StartAsync(member, mode, [_one], _one);
        await gate.Gates.ApplyAsync([Model(gate, member, mode, [_one], _one, owners: new UpstreamOwnerRule([uint.MaxValue - 7]))], CancellationToken.None);
        using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _one);
        await caller.SendAsync(PnetHeader.Proposal.ToArray());

        await caller.ReadRawAsync(1000);

        await gate.Trail.WaitForAsync("Alarm Failure");
        (await gate.Trail.WaitForAsync("AccessGranted Failure key-1")).ShouldContain("forward=upstream_refused_owner");
        member.Received.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_place_in_the_trail_nothing_goes_on()
    {
        await using FakeMember member = FakeMember.GoLike(_one);
        await using GateHarness gate = await StartAsync(member, "verify", [_one], _one);
        gate.Trail.IsFull = true;
        using PnetEnd caller = await PnetEnd.ConnectAsync(gate.Port, _one);
        await caller.SendAsync(PnetHeader.Proposal.ToArray());

        (await caller.ReadRawAsync(1000)).Length.ShouldBeLessThanOrEqualTo(PnetHeader.NonceSize);
        member.Received.ShouldBe(0);
    }

    private static async Task TalkAsync(PnetEnd caller, bool waits)
    {
        if (waits && caller.Raw.Count == 0)
        {
            await caller.ReadNonceAsync();
        }

        await caller.SendAsync(PnetHeader.Header.ToArray());
        (await caller.ReadAsync(PnetHeader.HeaderSize)).ShouldBe(PnetHeader.Header.ToArray());
        await caller.SendAsync("hello"u8.ToArray());
        (await caller.ReadAsync(5)).ShouldBe("hello"u8.ToArray());
    }

    private async Task<GateHarness> StartAsync(
        FakeMember member, string mode, SwarmKey[] keys, SwarmKey upstream, Func<SwarmConfiguration, SwarmConfiguration>? change = null) =>
        await GateHarness.StartAsync($"tcp://127.0.0.1:{member.Port}", c => Configure(c, mode, keys, upstream, change));

    private Engine.Gates.GateModel Model(
        GateHarness gate, FakeMember member, string mode, SwarmKey[] keys, SwarmKey upstream, UpstreamOwnerRule? owners = null) =>
        gate.Model($"tcp://127.0.0.1:{member.Port}", c => Configure(c, mode, keys, upstream, null), owners);

    private GateConfiguration Configure(
        GateConfiguration plain, string mode, SwarmKey[] keys, SwarmKey upstream, Func<SwarmConfiguration, SwarmConfiguration>? change)
    {
        var swarm = new SwarmConfiguration
        {
            Mode = mode,
            Keys = [.. keys.Select(Place)],
            UpstreamKey = mode == "relay" ? Place(upstream) : null,
            Deadline = TimeSpan.FromSeconds(10),
        };
        return plain with { Protocol = "libp2p-psk", Swarm = change?.Invoke(swarm) ?? swarm };
    }

    private SecretReference Place(SwarmKey key)
    {
        string name = "GATEHOUSE_TEST_SWARM_" + Interlocked.Increment(ref _variables).ToString(CultureInfo.InvariantCulture);
        Environment.SetEnvironmentVariable(name, System.Text.Encoding.ASCII.GetString(key.ToKeyFile()));
        _names.Add(name);
        return new SecretReference(null, name);
    }
}
