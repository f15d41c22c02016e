using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rounds;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>How what ports say is joined with what files showed, which ports are an installation's, and what gates stand before.</summary>
public sealed class Findings_of_ports
{
    private static readonly Evidence Line = new(EvidenceKind.File, "/etc/a.conf", "a: false", 3, 1), Port = new(EvidenceKind.Port, "127.0.0.1:1", "let in");

    [Fact]
    public void What_a_port_confirms_is_told_once_with_both_places_and_the_worse_severity()
    {
        Finding file = Make("ES-001", Severity.Medium, Line), port = Make("ES-001", Severity.Critical, Port);

        Finding joined = Join([file], [port]).Findings.ShouldHaveSingleItem();

        joined.Evidence.ShouldBe([Line, Port]);
        joined.Severity.ShouldBe(Severity.Critical);
        joined.Text.ShouldBe(file.Text);
        joined.Fingerprint.ShouldBe(file.Fingerprint);
    }

    [Fact]
    public void What_files_could_not_tell_gives_way_to_what_the_port_says()
    {
        Finding unknown = Make("ES-001", Severity.Critical, Line) with { IsUnknown = true }, port = Make("ES-001", Severity.High, Port);

        Join([unknown], [port]).Findings.ShouldBe([port]);
        Join([port], [unknown]).Findings.ShouldBe([port]);
    }

    [Fact]
    public void Two_facts_of_ports_stay_two()
    {
        Finding one = Make("LP01", Severity.High, Port), two = Make("LP01", Severity.Info, new Evidence(EvidenceKind.Port, "127.0.0.1:2", "x"));

        Join([], [one, two]).Findings.Length.ShouldBe(2);
    }

    [Fact]
    public void Contradictions_of_one_id_stand_side_by_side() => Join([Make("ES-072", Severity.High, Line)], [Make("ES-072", Severity.Critical, Port)]).Findings.Length.ShouldBe(2);

    [Fact]
    public void The_checks_and_the_layer_are_counted_once()
    {
        ExaminedSystem system = Join([], []).System;

        system.Layers.ShouldBe(["file", "port"]);
        system.Checks.ShouldBe(["ES-001", "LP01"]);
    }

    [Fact]
    public async Task A_question_that_fails_is_said_and_the_others_go_on()
    {
        var notes = new PortNotes(new Installation { Name = "a", Host = new FakeHost() });

        await notes.AskAsync(
            ("LP02", static () => throw new InvalidOperationException("a secret: hunter2")),
            ("LP01", () => Task.Run(() => notes.Found("LP01", Severity.High, "reached", Port), TestContext.Current.CancellationToken)));

        notes.Result.Findings.Select(static f => (f.Check, f.IsUnknown)).ShouldBe([("LP02", true), ("LP01", false)], ignoreOrder: true);
        notes.Result.Findings.ShouldAllBe(static f => !f.Text.Contains("hunter2", StringComparison.Ordinal));
        notes.Result.Checks.ShouldBe(["LP01", "LP02"]);
    }

    [Fact]
    public void What_the_other_side_said_cannot_speak_to_a_terminal() => PortNotes.Named("emqx\u001b[31m@<b>host\n" + new string('a', 200)).ShouldBe("emqx??31m@?b?host?" + new string('a', 62));

    [Fact]
    public void A_port_on_every_address_is_asked_at_each_of_the_hosts_own()
    {
        FakeHost host = new FakeHost().Address("10.0.0.5").Address("fd00::5").Process(7, "a", "a").Socket("[::]:9000", 7).Socket("127.0.0.1:9001", 7).Socket("[::ffff:127.0.0.1]:9002", 7);
        var installation = new Installation { Name = "a", Host = host, Process = host.Processes[0] };

        string[] Asked(int port) => [.. Door.At(installation, host.Prober(), port)!.EndPoints.Select(static e => e.Address.ToString())];
        Asked(9000).ShouldBe(["127.0.0.1", "::1", "10.0.0.5", "fd00::5"]);
        Asked(9001).ShouldBe(["127.0.0.1"]);
        Asked(9002).ShouldBe(["127.0.0.1"]);
        Door.At(installation, host.Prober(), 9003).ShouldBeNull();
        Door.At(installation, new Prober([]), 9000).ShouldBeNull();
    }

    [Fact]
    public void Of_a_port_with_two_sockets_each_has_its_own_addresses()
    {
        FakeHost host = new FakeHost().Process(7, "a", "a").Process(8, "b", "b").Socket("[::]:9000", 7).Socket("0.0.0.0:9000", 8);

        Door.At(new Installation { Name = "a", Host = host, Process = host.Processes[0] }, host.Prober(), 9000)!.EndPoints.ShouldBe([new IPEndPoint(IPAddress.IPv6Loopback, 9000)]);
    }

    [Fact]
    public void A_container_is_asked_at_the_port_that_is_published_for_it()
    {
        FakeHost host = new FakeHost().Process(7, "java", "java", root: "/proc/7/root").Process(8, "docker-proxy", "docker-proxy").Process(9, "nginx", "nginx").Socket("0.0.0.0:9200", 8).Socket("0.0.0.0:9300", 9);
        var installation = new Installation { Name = "a", Host = host, Process = host.Processes[0] };

        Door.At(installation, host.Prober(), 9200).ShouldNotBeNull();
        Door.At(installation, host.Prober(), 9300).ShouldBeNull();
    }

    [Fact]
    public void Gates_are_known_by_their_configuration()
    {
        FakeHost host = new FakeHost().Address("10.0.0.5")
            .File("/etc/gatehouse/gatehouse.yaml", "gates:\n  a:\n    upstream: http://127.0.0.1:9200 # the cluster\n  b: { upstream: 'tcp://[::1]:1883' }\n  c:\n    # upstream: http://127.0.0.1:1\n    upstream: https://10.0.0.9:9201\n  d:\n    upstream: unix:/run/a.sock\n  e:\n    upstream: tls://10.0.0.5:10800\n");

        Gates.On(host).ShouldBeEmpty();
        host.Process(3, "gatehouse", "gatehouse run --config /etc/gatehouse/gatehouse.yaml");
        Gates.On(host).Select(static g => (g.Port, g.Evidence.Line)).ShouldBe([(9200, 3), (1883, 4), (10800, 11)]);
    }

    [Fact]
    public async Task A_round_without_a_prober_asks_nobody()
    {
        var doctor = new OneDoctor((_, _) => throw new InvalidOperationException("asked"));

        Examination examination = await Round.MakeAsync(new FakeHost(), [doctor], ExaminationRequest.WholeHost, [], null, null, TestContext.Current.CancellationToken);

        examination.Systems[0].Layers.ShouldBe(["file"]);
    }

    private static Finding Make(string check, Severity severity, Evidence evidence) =>
        RuleRun.Make(new Installation { Name = "a", Host = new FakeHost() }, check, Observation.Of(severity, $"{check} at {evidence.Place}", evidence));

    private static ExaminedSubject Join(ImmutableArray<Finding> files, ImmutableArray<Finding> ports) =>
        PortFindings.Join(new ExaminedSubject(new ExaminedSystem("elasticsearch", "a", null, ["file"], ["ES-001"]), files), new ProbedSubject(ports, ["ES-001", "LP01"]));

    private sealed class Installation : Subject
    {
        public override string System => "elasticsearch";
    }

    private sealed class OneDoctor(Func<Prober, CancellationToken, Task<ProbedSubject>> ask) : ISystemDoctor
    {
        public string System => "elasticsearch";

        public ImmutableArray<string> Checks => [];

        public IEnumerable<ExaminedSubject> Examine(Gatehouse.Doctor.Facts.IHost host, ExaminationRequest request) =>
            [new ExaminedSubject(new ExaminedSystem("elasticsearch", "a", null, ["file"], []), []) { Probe = ask }];
    }
}
