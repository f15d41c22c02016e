using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>What the audit policy keeps out is forwarded without a slot and leaves no record; everything else is as before.</summary>
public sealed class Audit_policy_at_a_gate
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task An_ignored_request_is_forwarded_without_slot_and_record_and_others_are_recorded()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        gate.Change(static document => With(document, new AuditRules { Ignore = [new IgnorePolicy { Name = "reads", Users = ["anna"], Actions = ["read"] }] }));

        (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldContain("200 OK");
        (await gate.SendAsync(GateHarness.Request("bert", "GET", "/read"))).ShouldContain("200 OK");

        (await gate.Trail.WaitForAsync("AccessGranted Success bert GET /read")).ShouldContain("forward=ok");
        gate.Trail.Lines.ShouldNotContain(static line => line.Contains("anna", StringComparison.Ordinal));
        gate.Trail.Reserved.ShouldBe(0);
    }

    [Fact]
    public async Task Without_slots_only_what_needs_no_record_goes_on()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        gate.Change(static document => With(document, new AuditRules { Ignore = [new IgnorePolicy { Name = "anna", Users = ["anna"] }] }));
        gate.Trail.IsFull = true;

        (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldContain("200 OK");
        (await gate.SendAsync(GateHarness.Request("bert", "GET", "/read"))).ShouldContain("503");
    }

    [Fact]
    public async Task In_strict_mode_neither_decision_nor_outcome_is_written()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        gate.Trail.IsStrict = true;
        gate.Change(static document => With(document, new AuditRules { Ignore = [new IgnorePolicy { Name = "anna", Users = ["anna"] }] }));

        (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldContain("200 OK");
        (await gate.SendAsync(GateHarness.Request("bert", "GET", "/read"))).ShouldContain("200 OK");

        await gate.Trail.WaitForAsync("AccessGranted Success bert");
        gate.Trail.Lines.Count.ShouldBe(2);
        gate.Trail.Lines.First().ShouldStartWith("AccessDecided Success bert");
    }

    [Fact]
    public async Task A_denial_gets_a_receipt_only_when_its_record_is_kept()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        gate.Change(static document => With(document, new AuditRules { Ignore = [new IgnorePolicy { Name = "bert", Users = ["bert"] }] }));

        string ignored = await gate.SendAsync(GateHarness.Request("bert", "GET", "/items/1"));
        ignored.ShouldContain("403");
        ignored.ShouldNotContain("receipt");
        ignored.ShouldNotContain("GH-");
        string kept = await gate.SendAsync(GateHarness.Request("carl", "GET", "/items/1"));
        string receipt = JsonDocument.Parse(kept[kept.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("error").GetProperty("receipt").GetString()!;

        (await gate.Trail.WaitForAsync("AccessDenied Failure carl")).ShouldContain($"receipt={receipt}");
        gate.Trail.Lines.ShouldNotContain(static line => line.Contains("bert", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_bites_with_the_next_snapshot_on_a_live_connection()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        gate.Change(static document => With(document, new AuditRules { Exclude = ["access_granted"] }));
        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        await client.ReadResponseAsync();
        gate.Change(static document => document with { AuditPolicy = AuditPolicyDocument.Default });
        await client.SendAsync(GateHarness.Request("anna", "PUT", "/items/7", "Content-Length: 0\r\n"));

        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldStartWith("AccessGranted Success anna PUT");
        gate.Trail.Lines.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_gate_may_have_rules_of_its_own_and_failed_logins_under_an_ignored_name_are_recorded()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        gate.Change(static document => document with
        {
            AuditPolicy = new AuditPolicyDocument
            {
                Rules = new AuditRules { Include = [], Ignore = [new IgnorePolicy { Name = "who", Users = ["who"] }] },
                Gates = [new GateAuditRules { Gate = "g", Rules = new AuditRules { Level = "minimal" } }],
            },
        });

        (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldContain("200 OK");
        (await gate.SendAsync("GET /read HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic nobody\r\n\r\n")).ShouldContain("401");

        (await gate.Trail.WaitForAsync("AuthenticationFailed")).ShouldContain(" who ");
        gate.Trail.Lines.Count.ShouldBe(1);
    }

    private static ClusterDocument With(ClusterDocument document, AuditRules rules) =>
        document with { AuditPolicy = new AuditPolicyDocument { Revision = 1, Rules = rules, Gates = ImmutableArray<GateAuditRules>.Empty } };
}
