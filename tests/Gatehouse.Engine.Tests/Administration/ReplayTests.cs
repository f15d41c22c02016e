using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Administration.Questions;
using Gatehouse.Engine.Auditing.Scanning;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>A policy tried on recorded decisions.</summary>
public sealed class ReplayTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_flips_is_named_with_identity_count_and_example()
    {
        using AdminBench bench = Bench();
        bench.Audit.Records.AddRange(
        [
            Record("reader", "native", "kv.range", "app/a"), Record("reader", "native", "kv.range", "app/b"), Record("reader", "native", "kv.range", "app/a"),
            Record("reader", "native", "kv.put", "app/a", denied: true), Record("nobodyyet", "native", "kv.range", "x", denied: true),
            Record("someone", "corp", "kv.range", "app/a", roles: ["mapped"]), Record("root", "kernel", "kv.range", "app/a", roles: ["superuser"]),
        ]);
        PolicyReplayResponse found = await ReplayAsync(bench, """
            {"version":1,"roles":{"app-reader":{"grants":[{"system":"etcd","actions":["kv.range","kv.put"],"resources":["app/a"]}]},"clerk":{},"unused":{},
             "mapped":{"grants":[{"system":"etcd","actions":["*"]}]}}}
            """);

        found.Replayed.ShouldBe(7);
        (found.Denied, found.Allowed).ShouldBe((1, 2));
        found.Flips.Select(static flip => $"{flip.Becomes} {flip.Count} {flip.Identity} {string.Join(',', flip.Operations)} {string.Join(',', flip.Resources)} {flip.Reason}").ShouldBe(
        [
            "denied 1 native/reader etcd:kv.range app/b no_grant",
            "allowed 1 corp/someone etcd:kv.range app/a no_grant",
            "allowed 1 native/reader etcd:kv.put app/a no_grant",
        ]);
        found.Flips[0].RequestId.ShouldBe("77");
        found.Flips[2].Receipt.ShouldBe("GH-0000-0000-0000-0000-0001");
        found.Generation.ShouldBe(1);
        found.Notes.ShouldContain(static note => note.StartsWith("1 decisions are of people whose roles come from groups"));
        bench.Snapshots.Current.Generation.ShouldBe(1, "nothing is changed");
    }

    [Fact]
    public async Task A_user_that_goes_an_address_rule_and_a_mapping_flip_too()
    {
        using AdminBench bench = Bench();
        bench.Audit.Records.AddRange(
        [
            Record("reader", "native", "kv.range", "app/a"), Record("someone", "corp", "kv.range", "app/a", roles: ["mapped", "kept"]),
            Record("clerk", "native", "kv.range", "app/a"),
        ]);
        bench.Changes.Put(bench.Changes.Current with
        {
            Roles = bench.Changes.Current.Roles.SetItem("mapped", new RoleDocument { Name = "mapped", Grants = [new Grant { System = "etcd", Actions = ["*"] }] }),
            Mappings = bench.Changes.Current.Mappings.SetItem("all", new MappingDocument { Name = "all", Roles = ["mapped"], Realms = ["corp"] }),
        }).ShouldBeEmpty();
        PolicyReplayResponse found = await ReplayAsync(bench, """{"version":1,"mappings":{"readers":{"roles":["mapped"],"realms":["corp"],"groups":["readers"]}}}""");
        found.Flips.ShouldHaveSingleItem().Identity.ShouldBe("corp/someone");
        found.Flips[0].Reason.ShouldBe("no_grant");

        found = await ReplayAsync(bench, """{"version":1,"networks":[{"effect":"deny","address":"10.0.0.0/8"}]}""");
        found.Flips.Select(static flip => flip.Reason).ShouldAllBe(static reason => reason == "ip_filter");
        found.Denied.ShouldBe(2);

        found = await ReplayAsync(bench, """{"version":1,"users":{"admin":{"roles":["superuser"]},"reader":{"roles":["app-reader"],"enabled":false}}}""");
        found.Flips.ShouldHaveSingleItem().Reason.ShouldBe("inactive");
        found = await ReplayAsync(bench, """{"version":1,"mappings":{}}""");
        found.Notes.ShouldContain(static note => note.Contains("DIFFER"));
        found.Notes.ShouldContain(static note => note.StartsWith("1 decisions come out otherwise"), "the clerk's was recorded as granted");
    }

    [Fact]
    public async Task Mappings_of_both_policies_are_decided_on_recorded_groups_and_attributes()
    {
        using AdminBench bench = Bench();
        bench.Changes.Put(bench.Changes.Current with
        {
            Roles = bench.Changes.Current.Roles
                .SetItem("mapped", new RoleDocument { Name = "mapped", Grants = [new Grant { System = "etcd", Actions = ["kv.range"] }] })
                .SetItem("own", new RoleDocument { Name = "own", Grants = [new Grant { System = "etcd", Actions = ["kv.put"], Resources = ["home/${dept}/*"] }] }),
            Realms = bench.Changes.Current.Realms.SetItem("corp", Corp()),
            Mappings = bench.Changes.Current.Mappings.SetItem("readers", new MappingDocument { Name = "readers", Roles = ["mapped"], Realms = ["corp"], Groups = ["cn=readers,dc=x"] })
                .SetItem("own", new MappingDocument { Name = "own", Roles = ["own"], Realms = ["corp"], Groups = ["*"] }),
        }).ShouldBeEmpty();
        bench.Audit.Records.AddRange(
        [
            Foreign("anna", "kv.range", "a", ["CN=Readers, DC=x"], "ops"), Foreign("bert", "kv.range", "a", ["cn=writers,dc=x"], "ops", denied: true),
            Foreign("carl", "kv.range", "a", [], null, denied: true), Foreign("dora", "kv.put", "home/ops/x", ["plain"], "ops"),
            Record("old", "corp", "kv.range", "a", roles: ["mapped"]),
        ]);

        PolicyReplayResponse found = await ReplayAsync(bench, """{"version":1}""");
        found.Flips.ShouldBeEmpty();
        found.Otherwise.ShouldBe(0, "who has groups in a record is decided as then");

        const string Mappings = """{"version":1,"mappings":{"own":{"roles":["own"],"realms":["corp"],"attributes":{"claim./tier":["1"]}},"writers":{"roles":["mapped"],"realms":["corp"],"groups":["cn=writers,dc=X"]}}}""";
        found = await ReplayAsync(bench, Mappings);
        found.Flips.Select(static flip => $"{flip.Becomes} {flip.Identity} {flip.Operations[0]}").ShouldBe(
            ["denied corp/anna etcd:kv.range", "denied corp/dora etcd:kv.put", "allowed corp/bert etcd:kv.range"]);
        found.Notes.ShouldContain(static note => note.StartsWith("1 decisions are of people whose roles come from groups") && note.Contains("DIFFER"));
        found.Notes.ShouldContain(static note => note.Contains("do not hold claim./tier, dept"), "the one is not in the old record, the other in none");
    }

    private static RealmDocument Corp() => new() { Name = "corp", Kind = RealmKind.Jwt, Token = new TokenSettings { Issuer = "https://issuer.test", Audiences = ["x"], Algorithms = ["RS256"], KeysUrl = "https://issuer.test/keys" } };

    private static AuditRecord Foreign(string user, string action, string name, string[] groups, string? dept, bool denied = false)
    {
        AuditEvent written = Event(user, "corp", action, name, Noon, "etcd", false, "10.0.0.9");
        written.Groups = [.. groups];
        written.AttributeNames = ["dept"];
        written.Attributes = dept is null ? null : new Dictionary<string, string> { ["dept"] = dept };
        written.Action = denied ? AuditAction.AccessDenied : AuditAction.AccessGranted;
        written.Outcome = denied ? AuditOutcome.Failure : AuditOutcome.Success;
        return Trails.Recorded(written);
    }

    [Fact]
    public async Task Only_with_the_right_and_only_a_policy_that_could_come_into_force()
    {
        using AdminBench bench = Bench();
        const string Body = """{"policy":{"version":1},"since":"2026-01-31T00:00:00Z"}""";
        foreach (string user in new[] { "reader", "auditor", "clerk" })
        {
            (await bench.CallAsync(user, "POST", "/v1/policy/replay", Body)).Status.ShouldBe(403);
        }

        Reply reply = await bench.CallAsync("admin", "POST", "/v1/policy/replay", """{"policy":{"version":1,"roles":{"x":{"grants":[{"system":"etcd","actions":["a b"]}]}}},"add":true,"since":"2026-01-31T00:00:00Z"}""");
        reply.Status.ShouldBe(422, reply.Body);
        (await bench.CallAsync("admin", "POST", "/v1/policy/replay", """{"policy":{"version":1}}""")).Status.ShouldBe(400);
    }

    /// <summary>The fast way, which reads slices and remembers, against reading and deciding every record by itself.</summary>
    [Fact]
    public void The_fast_way_counts_what_deciding_each_record_counts()
    {
        SecuritySnapshot old = Policy(new Grant { System = "etcd", Actions = ["kv.*"], Resources = ["a/${username}", "b/*"] }, new Grant { Effect = GrantEffect.Deny, System = "etcd", Actions = ["*"], Resources = ["b/x"], When = new GrantConditions { Hours = "22:00-06:00" } });
        SecuritySnapshot next = Policy(new Grant { System = "etcd", Actions = ["kv.*"], Resources = ["a/*"], When = new GrantConditions { NotBefore = Noon, Gates = ["one"] } }, new Grant { System = "etcd", Actions = ["kv.range"], Resources = ["b/x"], When = new GrantConditions { Sources = ["10.0.0.0/8"], ClientCertificate = true } });
        AuditRecord[] records =
        [
            .. from round in Enumerable.Range(0, 2)
               from user in new[] { "anna", "bert", "gone" }
               from action in new[] { "kv.range", "kv.put" }
               from name in new[] { "a/anna", "a/bert", "b/x", "b/y" }
               from gate in new[] { "one", "two" }
               from hour in new[] { -12, -7, -3, 11 }
               from certificate in new[] { false, true }
               from source in new[] { "10.1.1.1", "192.0.2.1" }
               select Trails.Recorded(Event(user, "native", action, name, Noon.AddHours(hour).AddSeconds(round), gate, certificate, source)),
        ];

        var scan = new ReplayScan(old, next, null);
        long denied = 0;
        long allowed = 0;
        foreach (AuditRecord record in records)
        {
            scan.Line(record.Line.Span);
            bool was = Allows(old, record);
            bool becomes = Allows(next, record);
            denied += was && !becomes ? 1 : 0;
            allowed += !was && becomes ? 1 : 0;
        }

        denied.ShouldBeGreaterThan(20);
        allowed.ShouldBeGreaterThan(3);
        (scan.Replayed, scan.Denied, scan.Allowed).ShouldBe((records.Length, denied, allowed));
        scan.Answer(new TrailCoverage { Node = "n" }).Flips.Sum(static flip => flip.Count).ShouldBe(denied + allowed);
    }

    [Fact]
    public void A_hostile_trail_is_read_to_its_end_within_bounds()
    {
        SecuritySnapshot policy = Policy(new Grant { System = "etcd", Actions = ["*"] });
        SecuritySnapshot none = Policy();
        var scan = new ReplayScan(policy, none, null);
        foreach (string line in new[] { "", "{", "{}", "[1]", "{\"@timestamp\":\"2026-01-31T12:00:00.0000000Z\"", "{\"@timestamp\":\"2026-01-31T12:00:00.0000000Z\",\"event.action\":\"access_granted\",\"event.action\":7}", "{\"@timestamp\":\"9999-99-31T12:00:00.0000000Z\",\"a\":[[[[" })
        {
            scan.Line(Encoding.UTF8.GetBytes(line));
        }

        scan.Replayed.ShouldBe(0);
        for (int i = 0; i < 6_000; i++)
        {
            scan.Line(Record("anna", "native", $"odd.{i % 5_500}", new string('\u202e', 300) + i).Line.Span);
        }

        PolicyReplayResponse answer = scan.Answer(new TrailCoverage { Node = "n" });
        answer.Denied.ShouldBe(6_000);
        answer.Flips.Count.ShouldBe(5_000);
        (answer.Flips.Sum(static flip => flip.Count) + answer.LeftOut).ShouldBe(6_000);
        answer.Flips.ShouldAllBe(static flip => flip.Resources.Count <= 20 && flip.Resources.All(static name => name.Length < 300));
    }

    [Fact]
    public void A_scan_reads_the_span_asked_for_and_ends_when_it_is_cancelled()
    {
        string folder = Directory.CreateTempSubdirectory("gatehouse-scan-").FullName;
        try
        {
            for (int segment = 1; segment <= 3; segment++)
            {
                using FileStream file = File.Create(Path.Combine(folder, SegmentName.Of(segment)));
                for (int i = 0; i < 2_000; i++)
                {
                    file.Write(Trails.Recorded(Event("anna", "native", "kv.range", "a", Noon.AddHours(segment).AddSeconds(i), "one", false, "192.0.2.1")).Line.Span);
                    file.Write("\n"u8);
                }
            }

            var heard = new Heard();
            TrailScan.Run(folder, new TrailSpan(Noon.AddHours(1).AddSeconds(1_990), Noon.AddHours(3).AddSeconds(5)), heard, CancellationToken.None).ShouldBe(Noon.AddHours(1));
            heard.Lines.ShouldBe(10 + 2_000 + 5);
            using var ended = new CancellationTokenSource();
            var stopping = new Heard { At = 100, Stop = ended };
            Should.Throw<OperationCanceledException>(() => TrailScan.Run(folder, new TrailSpan(Noon, Noon.AddDays(1)), stopping, ended.Token));
            stopping.Lines.ShouldBeLessThan(2_000);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Allows(SecuritySnapshot snapshot, AuditRecord record)
    {
        var principal = new Principal(record.User!, RealmNames.Native);
        if (!snapshot.TryGetRights(principal, record.SourceAddress, record.Time, out Rights rights))
        {
            return false;
        }

        var context = new AuthorizationContext(principal, rights.Roles, record.SourceAddress!, record.Gate!, record.HasClientCertificate, record.Time, 1);
        return Authorizer.Decide(snapshot.Policy, context, Explanations.OperationsOf(record)).IsAllowed;
    }

    private static SecuritySnapshot Policy(params ImmutableArray<Grant> grants)
    {
        var document = new ClusterDocument
        {
            Users = new[] { "anna", "bert" }.Select(static name => new UserDocument { Name = name, Roles = ["role"] })
                .ToImmutableSortedDictionary(static user => user.Name, static user => user, StringComparer.Ordinal),
            Roles = ImmutableSortedDictionary<string, RoleDocument>.Empty.WithComparers(StringComparer.Ordinal).Add("role", new RoleDocument { Name = "role", Grants = grants }),
        };
        return SnapshotCompiler.Compile(1, 1, document, new List<Problem>()).ShouldNotBeNull();
    }

    private static AdminBench Bench()
    {
        var bench = new AdminBench();
        bench.Time.Advance(Noon.AddHours(2) - bench.Time.GetUtcNow());
        return bench;
    }

    private static async Task<PolicyReplayResponse> ReplayAsync(AdminBench bench, string policy)
    {
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/policy/replay", $$"""{"policy":{{policy}},"since":"2026-01-31T00:00:00Z"}""");
        reply.Status.ShouldBe(200, reply.Body);
        return JsonSerializer.Deserialize(reply.Body, AdminJson.Default.PolicyReplayResponse)!;
    }

    private static AuditRecord Record(string user, string realm, string action, string name, bool denied = false, string[]? roles = null)
    {
        AuditEvent written = Event(user, realm, action, name, Noon, "etcd", false, "10.0.0.9");
        written.Roles = roles;
        if (denied)
        {
            written.Action = AuditAction.AccessDenied;
            written.Outcome = AuditOutcome.Failure;
            written.Receipt = "GH-0000-0000-0000-0000-0001";
        }

        return Trails.Recorded(written);
    }

    private static AuditEvent Event(string user, string realm, string action, string name, DateTimeOffset time, string gate, bool certificate, string source)
    {
        var operations = new OperationSet();
        operations.Begin(SystemAction.Intern("etcd", action));
        operations.AddResource(Encoding.UTF8.GetBytes(name));
        return new AuditEvent
        {
            Action = AuditAction.AccessGranted,
            Outcome = AuditOutcome.Success,
            Time = time,
            User = user,
            Realm = realm,
            Gate = gate,
            Source = new IPEndPoint(IPAddress.Parse(source), 5),
            HasClientCertificate = certificate,
            Operations = operations,
            RequestId = 77,
        };
    }

    private sealed class Heard : ILineScan
    {
        public int Lines { get; private set; }

        public int At { get; init; }

        public CancellationTokenSource? Stop { get; init; }

        public void Line(ReadOnlySpan<byte> line)
        {
            if (++Lines == At)
            {
                Stop?.Cancel();
            }
        }
    }
}
