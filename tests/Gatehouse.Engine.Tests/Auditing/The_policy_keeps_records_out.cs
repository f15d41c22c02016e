using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

/// <summary>The policy in front of a real trail: what is kept out leaves no gap, and what must be there is.</summary>
public sealed class The_policy_keeps_records_out : IDisposable
{
    private readonly TrailFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_chain_is_whole_and_holds_what_is_wanted_and_what_must_be()
    {
        var source = new Source(new AuditRules { Level = "minimal", Ignore = [new IgnorePolicy { Name = "carl", Users = ["carl"] }] });
        await using (FileAuditTrail file = await _folder.OpenAsync())
        {
            var trail = new PolicedAuditTrail(file, source);
            foreach (AuditAction action in Enum.GetValues<AuditAction>().Except([AuditAction.None, AuditAction.AccessDecided, AuditAction.SegmentStarted, AuditAction.Checkpoint, AuditAction.TrailPruned]))
            {
                bool isWanted = AuditLevels.EventsOf("minimal").Contains(action) || AuditLevels.IsAlwaysRecorded(action, "g");
                trail.Write(Event(action, "anna")).ShouldBe(isWanted, action.ToString());
                trail.Write(Event(action, "carl")).ShouldBe(AuditLevels.IsAlwaysRecorded(action, "g"), action.ToString());
            }

            (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();
        }

        _folder.Verify().IsWhole.ShouldBeTrue();
        _folder.Paths().Order(StringComparer.Ordinal).ShouldBe(
        [
            "/anna/access_denied", "/anna/alarm", "/anna/anonymous_access_denied", "/anna/authentication_failed", "/anna/connection_cut", "/anna/limit_reached",
            "/anna/node_started", "/anna/node_stopped", "/anna/security_config_change", "/anna/tampered_request", "/anna/trail_recovered",
            "/carl/alarm", "/carl/node_started", "/carl/node_stopped", "/carl/security_config_change", "/carl/trail_recovered",
        ]);
    }

    [Fact]
    public async Task What_holds_a_slot_is_written_whatever_the_policy_says_now()
    {
        await using (FileAuditTrail file = await _folder.OpenAsync())
        {
            var trail = new PolicedAuditTrail(file, new Source(new AuditRules { Include = [] }));
            trail.IsRecorded(new Gatehouse.Audit.AuditSubject(AuditAction.AccessGranted, "g")).ShouldBeFalse();
            trail.TryReserve(out AuditSlot slot).ShouldBeTrue();
            trail.Complete(slot, Event(AuditAction.AccessGranted, "anna"));
            trail.Complete(AuditSlot.NotNeeded, Event(AuditAction.AccessGranted, "bert"));
            (await trail.DecideAsync(AuditSlot.NotNeeded, Event(AuditAction.AccessDecided, "bert"))).ShouldBeTrue();
            trail.Release(AuditSlot.NotNeeded);
        }

        _folder.Paths().ShouldBe(["/anna/access_granted"]);
        _folder.Verify().IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void A_slot_that_was_never_reserved_is_none()
    {
        default(AuditSlot).IsValid.ShouldBeFalse();
        default(AuditSlot).IsNeeded.ShouldBeTrue();
        AuditSlot.NotNeeded.IsValid.ShouldBeTrue();
        AuditSlot.NotNeeded.IsNeeded.ShouldBeFalse();
    }

    private static AuditEvent Event(AuditAction action, string user)
    {
        AuditEvent record = TrailFolder.Event($"/{user}/{AuditWords.Of(action)}", action);
        record.User = user;
        record.Realm = "native";
        return record;
    }

    private sealed class Source(AuditRules rules) : IAuditPolicySource
    {
        public AuditPolicy Policy { get; } = AuditPolicy.Compile(new AuditPolicyDocument { Rules = rules }, new List<Problem>())!;
    }
}
