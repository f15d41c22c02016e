using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rounds;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Rounds;

/// <summary>What several doctors found is one list; what was accepted does not count; what changed is said.</summary>
public class Rounds_over_a_host
{
    private const string File = "/etc/emqx/emqx.conf";

    private static readonly FixedDoctor One = new(File, ("ERL-001", Severity.Critical), ("DSH-004", Severity.Medium));

    [Fact]
    public async Task The_worst_comes_first_whoever_found_it()
    {
        Examination round = await Make([new FixedDoctor("/b", ("MQT-005", Severity.Low)), One, new FixedDoctor("/a", ("DSH-004", Severity.Medium))]);

        round.Findings.Select(static f => $"{f.Check} {f.Subject}").ShouldBe([$"ERL-001 {File}", "DSH-004 /a", $"DSH-004 {File}", "MQT-005 /b"]);
        round.Checks.ShouldBe(4);
        round.Host.ShouldBe("lab");
        round.Trend.ShouldBeNull();
    }

    [Fact]
    public async Task One_that_breaks_leaves_what_it_found_and_says_that_the_rest_is_not_known()
    {
        Examination round = await Make([new BreakingDoctor(), One]);

        round.Findings.Where(static f => !f.IsUnknown).Select(static f => $"{f.Check} {f.Subject}").ShouldBe([$"ERL-001 {File}", "ERL-001 /one", $"DSH-004 {File}"]);
        round.Findings.Where(static f => f.IsUnknown).Select(static f => $"{f.Check} {f.Severity} {f.Text}").ShouldBe([
            "ERL-001 Critical the look for installations failed (InvalidOperationException); please report it",
            "DSH-004 Medium the look for installations failed (InvalidOperationException); please report it"]);
        round.HasOpen(Severity.Critical).ShouldBeTrue();
    }

    [Theory]
    [InlineData("2026-11-23", null, true)] // the day itself
    [InlineData("2026-11-22", null, false)] // over since midnight
    [InlineData("2027-01-01", "/etc/emqx/emqx.conf", true)]
    [InlineData("2027-01-01", "/etc/emqx/*", true)]
    [InlineData("2027-01-01", "*.conf", true)]
    [InlineData("2027-01-01", "/etc/*/emqx.con*f*", true)]
    [InlineData("2027-01-01", "*", true)]
    [InlineData("2027-01-01", "/etc/emqx/emqx", false)]
    [InlineData("2027-01-01", "/opt/*", false)]
    [InlineData("2027-01-01", "", false)]
    public async Task A_risk_is_accepted_where_and_as_long_as_it_says(string until, string? subject, bool isAccepted)
    {
        var risk = new AcceptedRisk("erl-001", subject, "behind a gate", DateOnly.ParseExact(until, "yyyy-MM-dd"));
        Examination round = await Make([One], [risk]);

        Finding finding = round.Findings.Single(static f => f.Check == "ERL-001");
        finding.Accepted.ShouldBe(isAccepted ? risk : null);
        finding.IsOpen.ShouldBe(!isAccepted);
        round.HasOpen(Severity.High).ShouldBe(!isAccepted);
        round.HasOpen(Severity.Medium).ShouldBeTrue("the other one was not accepted");
    }

    [Fact]
    public async Task An_acceptance_that_ended_makes_a_finding_count_again_beside_one_that_holds()
    {
        AcceptedRisk ended = new("ERL-001", null, "until the move", new DateOnly(2026, 11, 1)), holds = new("DSH-004", null, "internal", new DateOnly(2026, 12, 1));

        (await Make([One], [ended, holds])).Findings.Where(static f => f.IsOpen).Select(static f => f.Check).ShouldBe(["ERL-001"]);
        (await Make([One], [ended, ended with { Until = new DateOnly(2026, 12, 1) }, holds])).Findings.ShouldAllBe(static f => !f.IsOpen);
    }

    [Fact]
    public async Task What_is_new_and_what_is_gone_is_said()
    {
        Examination before = await Make([new FixedDoctor(File, ("ERL-001", Severity.Critical), ("RPC-001", Severity.High))]);
        LastRound kept = LastRound.Read(LastRound.Of(before).Write()).ShouldNotBeNull();
        Trend trend = (await Make([One], last: kept)).Trend.ShouldNotBeNull();

        trend.Since.ShouldBe(before.Began);
        trend.Gone.Select(static f => f.Check).ShouldBe(["RPC-001"]);
        trend.New.ShouldBe([(await Make([One])).Findings.Single(static f => f.Check == "DSH-004").Fingerprint]);
    }

    [Fact]
    public async Task What_was_accepted_since_is_gone_and_what_is_accepted_no_more_is_new()
    {
        ImmutableArray<AcceptedRisk> accepted = [new AcceptedRisk("ERL-001", null, "x", new DateOnly(2027, 1, 1))];
        Trend gone = (await Make([One], accepted, LastRound.Of(await Make([One])))).Trend.ShouldNotBeNull();
        Trend back = (await Make([One], last: LastRound.Of(await Make([One], accepted)))).Trend.ShouldNotBeNull();

        gone.Gone.Select(static f => f.Check).ShouldBe(["ERL-001"]);
        gone.New.ShouldBeEmpty();
        back.New.Length.ShouldBe(1);
        back.Gone.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_finding_whose_lines_moved_is_the_same()
    {
        Evidence place = new(EvidenceKind.File, File, "node.cookie: ****", 3, 1);
        Finding one = (await Make([One])).Findings[0];
        Finding Of(Evidence evidence) => (one with { Evidence = [evidence] }).Sealed();

        Of(place with { Line = 9, Column = 4 }).Fingerprint.ShouldBe(Of(place).Fingerprint);
        Of(place with { Shown = "node.cookie: \"\"" }).Fingerprint.ShouldBe(Of(place).Fingerprint, "another value of the same setting");
        Of(place with { Shown = "node.name: a" }).Fingerprint.ShouldNotBe(Of(place).Fingerprint);
        Of(place with { Place = "/etc/other.conf" }).Fingerprint.ShouldNotBe(Of(place).Fingerprint);
    }

    [Fact]
    public async Task A_fault_that_is_shown_in_other_words_is_neither_new_nor_gone()
    {
        LastRound kept = LastRound.Of(await Make([new FixedDoctor(File, ("ERL-001", Severity.Critical)) { Shown = "node.cookie: ****" }]));
        Trend trend = (await Make([new FixedDoctor(File, ("ERL-001", Severity.Critical)) { Shown = "the cookie is weak" }], last: kept)).Trend.ShouldNotBeNull();

        trend.New.ShouldBeEmpty();
        trend.Gone.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_process_that_started_again_is_the_same()
    {
        Finding one = (await Make([One])).Findings[0];
        Finding Of(string place) => (one with { Evidence = [new Evidence(EvidenceKind.Process, place, "listens")] }).Sealed();

        Of("pid 812 (java)").Fingerprint.ShouldBe(Of("pid 913 (java)").Fingerprint);
        Of("pid 812 (java)").Fingerprint.ShouldNotBe(Of("pid 812 (beam.smp)").Fingerprint);
    }

    [Fact]
    public async Task What_was_not_looked_at_is_not_gone_and_is_kept_for_the_next_look()
    {
        LastRound kept = LastRound.Of(await Make([One, new FixedDoctor("/srv/other/emqx.conf", ("ERL-001", Severity.Critical))]));
        Examination one = await Make([One], last: kept, request: new ExaminationRequest([File]));
        Examination none = await Make([], last: kept, request: new ExaminationRequest([File]));
        Examination all = await Make([], last: kept);

        one.Trend!.Gone.ShouldBeEmpty();
        LastRound.Of(one).Findings.Select(static f => f.Subject).Distinct().ShouldBe([File, "/srv/other/emqx.conf"], ignoreOrder: true);
        none.Trend!.Gone.Select(static f => f.Subject).Distinct().ShouldBe([File], "it was named and is there no more");
        all.Trend!.Gone.Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_doctor_that_breaks_leaves_a_blind_spot() =>
        (await Make([new BreakingDoctor()])).Blind.ShouldHaveSingleItem().ToString().ShouldBe("emqx: the look for installations failed (InvalidOperationException); please report it");

    [Fact]
    public async Task Ports_that_could_not_be_asked_leave_unknowns_where_files_said_nothing()
    {
        var doctor = new FixedDoctor(File, ("ERL-001", Severity.Critical)) { Silent = ["DSH-004"], Probe = static (_, _) => throw new InvalidOperationException("hunter2secret") };
        Examination round = await Round.MakeAsync(
            new FakeHost(), [doctor], ExaminationRequest.WholeHost, [], last: null, new Probes.Prober([System.Net.IPAddress.Loopback]), TestContext.Current.CancellationToken);

        round.Findings.Select(static f => (f.Check, f.IsUnknown)).ShouldBe([("ERL-001", false), ("DSH-004", true)]);
        round.Findings[1].Text.ShouldBe("its ports could not be asked (InvalidOperationException); please report it");
        round.Blind.ShouldHaveSingleItem().Place.ShouldBe(File);
    }

    [Theory]
    [InlineData("/etc/emqx/emqx.conf", "node {\n  name = \"a")]
    [InlineData("/etc/emqx/emqx.conf", "\0\u0001\u0002")]
    [InlineData("/srv/es/elasticsearch.yml", "a:\n\tb: 1\n")]
    [InlineData("/srv/ig/ignite-config.conf", "ignite {")]
    [InlineData("/srv/ipfs/service.json", "{\"cluster\": {")]
    [InlineData("/srv/kubo/config", "{\"Addresses\": {")]
    [InlineData("/srv/kibana/kibana.yml", "\ufeff\0a")]
    [InlineData("/srv/logstash/logstash.yml", "a: [")]
    public async Task A_configuration_that_cannot_be_understood_is_a_blind_spot(string path, string text)
    {
        Examination round = await Look(new FakeHost().File(path, text), path);

        BlindSpot blind = round.Blind.ShouldHaveSingleItem();
        blind.ToString().ShouldContain(path);
        blind.Why.ShouldContain("GH810");
    }

    [Theory]
    [InlineData("/etc/emqx/emqx.conf")]
    [InlineData("/srv/es/opensearch.yml")]
    [InlineData("/srv/ig/ignite-config.conf")]
    [InlineData("/srv/ipfs/service.json")]
    [InlineData("/srv/kubo/config")]
    public async Task A_configuration_that_may_not_be_read_is_a_blind_spot(string path) =>
        (await Look(new FakeHost().Unreadable(path), path)).Blind.ShouldHaveSingleItem().Why.ShouldContain("may not read it");

    [Theory]
    [InlineData("/srv/a/emqx.conf", "/srv/b/emqx.service", "Environment=EMQX_NODE__COOKIE=emqxsecretcookie", "ERL-001")]
    [InlineData("/srv/a/elasticsearch.yml", "/srv/b/elasticsearch.service", "ExecStart=/x/elasticsearch -Expack.security.enabled=false", "ES-001")]
    public async Task A_unit_that_was_named_beside_a_configuration_starts_it(string file, string unit, string line, string check)
    {
        FakeHost host = new FakeHost().File(file, "").File(unit, $"[Service]\nUser=x\n{line}\n");
        Examination with = await Look(host, file, unit), without = await Look(host, file);

        with.Findings.Where(f => f.Check == check && f.IsOpen).SelectMany(static f => f.Evidence).ShouldContain(evidence => evidence.Place == unit);
        with.Systems.ShouldHaveSingleItem().IsOf(unit).ShouldBeTrue();
        without.Systems.ShouldHaveSingleItem().IsOf(unit).ShouldBeFalse();
    }

    [Theory]
    [InlineData("/srv/es", true)]
    [InlineData("/srv/es/elasticsearch.yml", true)]
    [InlineData("/srv/e", false)]
    [InlineData("/", true)]
    public void A_path_is_above_another_at_a_separator_only(string file, bool isIt) => ExaminedSystem.IsAt("/srv/es/elasticsearch.yml", file).ShouldBe(isIt);

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1,")]
    [InlineData("{\"began\":\"2026-11-23T12:00:00Z\",\"findings\":null}")]
    [InlineData("{\"began\":\"2026-11-23T12:00:00Z\",\"findings\":[null]}")]
    [InlineData("{\"began\":\"2026-11-23T12:00:00Z\",\"findings\":[{\"check\":\"ERL-001\"}]}")]
    public async Task A_round_that_was_kept_badly_is_none(string bytes)
    {
        LastRound? kept = LastRound.Read(System.Text.Encoding.UTF8.GetBytes(bytes));

        kept.ShouldBeNull();
        (await Make([One], last: kept)).Trend.ShouldBeNull();
    }

    private static Task<Examination> Make(ISystemDoctor[] doctors, ImmutableArray<AcceptedRisk>? accepted = null, LastRound? last = null, ExaminationRequest? request = null) =>
        Round.MakeAsync(new FakeHost(), doctors, request ?? ExaminationRequest.WholeHost, accepted ?? [], last, prober: null, TestContext.Current.CancellationToken);

    private static Task<Examination> Look(FakeHost host, params ImmutableArray<string> paths) =>
        Round.MakeAsync(host, AllDoctors.All, new ExaminationRequest(paths), [], last: null, prober: null, TestContext.Current.CancellationToken);
}
