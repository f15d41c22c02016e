using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Admission;

/// <summary>One bad client behind an address takes its places at one gate, and nobody's at another.</summary>
public sealed class AdmissionControlTests : IDisposable
{
    private static readonly LimitsConfiguration Limits = new()
    {
        Connections = 4,
        ConnectionsPerSource = 3,
        Handshakes = 3,
        HandshakesPerSource = 2,
    };

    private readonly RecordingTrail _trail = new();
    private readonly AdmissionControl _control;
    private readonly ListenerBudget _one = new("one");
    private readonly ListenerBudget _two = new("two");

    public AdmissionControlTests() => _control = new AdmissionControl(new SnapshotHolder(AddressSnapshots.Make()), _trail, new ManualTime());

    [Fact]
    public void Half_open_places_are_those_of_gate_and_source()
    {
        List<Admitted?> held = [Admit(_one, "192.0.2.1"), Admit(_one, "192.0.2.1")];
        Admit(_one, "192.0.2.1").ShouldBeNull();
        Last().ShouldBe((RefusalReasons.HandshakesPerSource, "one"));

        // The neighbour at the other gate, and another source at this one.
        held.Add(Admit(_two, "192.0.2.1"));
        held.Add(Admit(_one, "192.0.2.2"));

        // The gate's own limit holds for all sources together, and is no other gate's.
        Admit(_one, "192.0.2.3").ShouldBeNull();
        Last().ShouldBe((RefusalReasons.Handshakes, "one"));
        held.Add(Admit(_two, "192.0.2.3"));
        _control.AwaitHeader(_one, Limits, Source("192.0.2.4")).ShouldBeNull();
        using (_control.AwaitHeader(_two, Limits, Source("192.0.2.4")).ShouldNotBeNull())
        {
            _control.Counters.Handshakes.ShouldBe(6);
        }

        held.ShouldAllBe(static admitted => admitted != null);
        held.ForEach(static admitted => admitted!.Dispose());
        _control.Counters.Handshakes.ShouldBe(0);
        _control.Counters.Open.ShouldBe(0);
        Admit(_one, "192.0.2.1").ShouldNotBeNull();
    }

    [Fact]
    public void Connections_of_a_source_are_counted_at_each_gate()
    {
        List<Admitted?> held = [.. Enumerable.Range(0, 3).Select(_ => Admit(_one, "192.0.2.1", handshake: false))];
        Admit(_one, "192.0.2.1", handshake: false).ShouldBeNull();
        Last().ShouldBe((RefusalReasons.ConnectionsPerSource, "one"));
        held.Add(Admit(_two, "192.0.2.1", handshake: false));

        held.ShouldAllBe(static admitted => admitted != null);
    }

    [Fact]
    public void Refusals_are_summed_up_for_each_gate()
    {
        foreach (ListenerBudget gate in new[] { _one, _two })
        {
            for (int i = 0; i < 7; i++)
            {
                _control.Refusals.Record(AuditAction.LimitReached, gate.Gate, Source("192.0.2.1"), RefusalReasons.Handshakes);
            }
        }

        _control.Refusals.Flush();

        foreach (ListenerBudget gate in new[] { _one, _two })
        {
            _trail.Records.Where(r => r.Gate == gate.Gate).Select(static r => r.Message).ShouldBe([null, null, null, null, null, "2 more of this kind in 10 seconds"]);
        }
    }

    public void Dispose() => _control.Dispose();

    private static IPEndPoint Source(string address) => new(IPAddress.Parse(address), 4711);

    private Admitted? Admit(ListenerBudget gate, string source, bool handshake = true) =>
        _control.Admit(gate, Limits, Source(source), isFiltered: true, handshake);

    private (string? Reason, string? Gate) Last() => (_trail.Records.Last().Reason, _trail.Records.Last().Gate);
}
