using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>Who can, what can, suggest and unused over the API.</summary>
public sealed class QuestionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Who_can_names_users_keys_and_mappings_with_role_and_grant()
    {
        using AdminBench bench = Bench();
        Put(bench, document => document with
        {
            Users = document.Users
                .SetItem("off", document.Users["reader"] with { Name = "off", Enabled = false })
                .SetItem("stopped", document.Users["reader"] with { Name = "stopped", Roles = ["app-reader", "no-app"] })
                .SetItem("homer", document.Users["reader"] with { Name = "homer", Roles = ["home"] })
                .SetItem("outside", document.Users["reader"] with { Name = "outside", Roles = ["from-net"] }),
            Roles = document.Roles
                .SetItem("no-app", Role("no-app", new Grant { Effect = GrantEffect.Deny, System = "etcd", Actions = ["*"], Resources = ["app/**"] }))
                .SetItem("home", Role("home", new Grant { System = "etcd", Actions = ["*"], Resources = ["app/${username}"] }))
                .SetItem("from-net", Role("from-net", new Grant { System = "etcd", Actions = ["*"], When = new GrantConditions { Sources = ["10.0.0.0/8"] } }))
                .SetItem("mapped", Role("mapped", new Grant { System = "etcd", Actions = ["kv.range"], Resources = ["app/**"] })),
        });

        WhoCanResponse found = await AskAsync(bench, """{"operation":"etcd:kv.range:app/homer"}""");
        Shown(found).ShouldBe(
        [
            "user admin yes superuser#0", "user homer yes home#0", "user off inactive app-reader#0", "user outside conditional from-net#0",
            "user reader yes app-reader#0", "user stopped denied app-reader#0 no-app#0", "api_key " + AdminBench.KnownKey + " yes app-reader#0", "mapping readers yes mapped#0",
        ], ignoreOrder: true);
        found.Counts["yes"].ShouldBe(5);
        found.Identities.Single(static identity => identity.Kind == "mapping").Detail.ShouldBe("people of realm corp, members of readers");

        found = await AskAsync(bench, """{"operation":"etcd:kv.range:app/x","source":"10.1.2.3","limit":1}""");
        found.Truncated.ShouldBeTrue();
        found.Counts["yes"].ShouldBe(5, "outside is in, homer is out");
        found.Identities.Count.ShouldBe(1);
        found = await AskAsync(bench, """{"operation":"etcd:kv.range:app/x","source":"10.6.6.6","gate":"etcd"}""");
        found.Notes.ShouldContain(static note => note.Contains("IP filter"));
    }

    [Fact]
    public async Task Nobody_is_an_answer_where_the_gate_does_not_ask_their_realm()
    {
        using AdminBench bench = Bench();
        Put(bench, document => document with
        {
            Roles = document.Roles.SetItem("mapped", Role("mapped", new Grant { System = "etcd", Actions = ["kv.range"], Resources = ["app/**"] }))
                .SetItem("pki.backup", Role("pki.backup", new Grant { System = "tcp", Actions = ["connect"] }))
                .SetItem("network.db", Role("network.db", new Grant { System = "tcp", Actions = ["connect"] })),
        });
        GateView gate = bench.Node.Gates[0];
        bench.Node.Gates = [gate with { Realms = ["corp"] }, gate with { Name = "open", Realms = ["native", "spare"] }, gate with { Name = "db", System = "tcp", Protocol = "tcp", Realms = ["pki", "network"] }];

        WhoCanResponse found = await AskAsync(bench, """{"operation":"etcd:kv.range:app/x","gate":"etcd"}""");
        Shown(found).ShouldBe(["mapping readers yes mapped#0"]);
        found.Counts.ShouldBe(new Dictionary<string, int> { ["not_asked"] = 4, ["yes"] = 1 }, ignoreOrder: true);
        found.Notes.ShouldContain("4 with the right are not listed, for they do not come in there: gate etcd asks corp");
        Shown(await AskAsync(bench, """{"operation":"etcd:kv.range:app/x","gate":"open"}"""))
            .ShouldBe(["user admin yes superuser#0", "user reader yes app-reader#0", "anonymous spare inactive mapped#0"]);
        (await AskAsync(bench, """{"operation":"etcd:kv.range:app/x"}""")).Identities.Count.ShouldBe(4, "one of its two gates is enough");
        Shown(await AskAsync(bench, """{"operation":"tcp:connect:"}""".Replace("connect:", "connect"))).ShouldBe(["network db yes network.db#0", "certificate backup yes pki.backup#0"]);
        (await AskAsync(bench, """{"operation":"etcd:kv.range:app/x","gate":"db"}""")).Notes.ShouldContain(static note => note.StartsWith("gate db has the system tcp"));
        (await AskAsync(bench, """{"operation":"etcd:kv.range:app/x","gate":"nowhere"}""")).Notes.ShouldContain(static note => note.StartsWith("this node has no gate nowhere"));

        foreach ((string name, bool counts) in new[] { ("reader?gate=etcd", false), ("reader?gate=open", true), ("reader?gate=admin", true), (AdminBench.KnownKey + "?gate=etcd", false), ("readers?gate=etcd&kind=mapping", true), ("readers?gate=open&kind=mapping", false) })
        {
            WhatCanResponse what = await WhatAsync(bench, "admin", name);
            what.Active.ShouldBe(counts, name);
            what.Notes.Any(static note => note.Contains("do not come in")).ShouldBe(!counts, name);
        }

        Reply reply = await bench.CallAsync("admin", "POST", "/v1/can-i", """{"user":"reader","system":"etcd","action":"kv.range","resource":"app/x","gate":"etcd"}""");
        reply.Json.GetProperty("reason").GetString().ShouldBe("realm_not_asked");
        reply.Json.GetProperty("summary").GetString()!.ShouldStartWith("gate etcd asks corp: `native/reader`");
        reply = await bench.CallAsync("admin", "POST", "/v1/can-i", """{"user":"reader","system":"etcd","action":"kv.range","resource":"app/x","gate":"open"}""");
        reply.Json.GetProperty("allowed").GetBoolean().ShouldBeTrue();
        (await bench.CallAsync("admin", "POST", "/v1/can-i", """{"user":"reader","system":"etcd","action":"kv.range","gate":"ectd"}""")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Every_verdict_about_a_user_is_the_one_of_can_i()
    {
        using AdminBench bench = Bench();
        foreach (string operation in new[] { "etcd:kv.range:app/x", "etcd:kv.put:app/x", "gatehouse:user.write:temp-1", "gatehouse:audit.read", "gatehouse:user.list" })
        {
            string body = $$"""{"operation":"{{operation}}","source":"203.0.113.9","gate":"admin","client_certificate":false,"at":"2026-01-31T12:00:00Z"}""";
            WhoCanResponse found = await AskAsync(bench, body);
            HashSet<string> able = [.. found.Identities.Where(static identity => identity is { Kind: "user", Verdict: "yes" }).Select(static identity => identity.Name)];
            OperationText.TryParse(operation, out OperationText? asked, out _).ShouldBeTrue();
            foreach (string user in bench.Snapshots.Current.Document.Users.Keys)
            {
                string question = JsonSerializer.Serialize(
                    new CanIRequest { User = user, System = asked!.System, Action = asked.Action, Resource = asked.Resource, Source = "203.0.113.9" }, AdminJson.Default.CanIRequest);
                Reply reply = await bench.CallAsync("admin", "POST", "/v1/can-i", question);
                reply.Json.GetProperty("allowed").GetBoolean().ShouldBe(able.Contains(user), $"{user} {operation}");
            }
        }
    }

    [Fact]
    public async Task What_can_shows_a_key_narrowed_and_oneself_without_a_right()
    {
        using AdminBench bench = Bench();
        Put(bench, document => document with
        {
            ApiKeys = document.ApiKeys.SetItem(AdminBench.KnownKey, document.ApiKeys[AdminBench.KnownKey] with
            {
                Grants =
                [
                    new Grant { System = "etcd", Actions = ["kv.*"], Resources = ["app/one"] },
                    new Grant { System = "etcd", Actions = ["kv.put"], Resources = ["**"] },
                ],
            }),
        });
        WhatCanResponse key = await WhatAsync(bench, "admin", AdminBench.KnownKey);
        key.Kind.ShouldBe("api_key");
        key.Owner.ShouldBe("reader");
        key.Grants.ShouldHaveSingleItem().Role.ShouldBe("app-reader");
        key.NarrowedTo!.Select(static grant => string.Join(',', grant.Within!)).ShouldBe(["app-reader#0", ""]);

        (await WhatAsync(bench, "reader", "reader")).Kind.ShouldBe("user");
        (await WhatAsync(bench, "reader", "reader?kind=user")).Grants.ShouldHaveSingleItem().Grant.ShouldBe("etcd:kv.range:app/**");
        (await bench.CallAsync("reader", "GET", "/v1/what-can/admin?kind=user")).Status.ShouldBe(403);
        (await bench.CallAsync("reader", "GET", "/v1/what-can/nobody-there?kind=user")).Status.ShouldBe(403, "who is there is not said");
        (await bench.CallAsync("reader", "GET", "/v1/what-can/reader?kind=role")).Status.ShouldBe(403);
        (await WhatAsync(bench, "admin", "reader?gate=admin")).Grants.ShouldBeEmpty("etcd's grants do not apply there");
        (await bench.CallAsync("admin", "GET", "/v1/what-can/none")).ErrorId.ShouldBe(AdministrationProblems.NotFound.Id);
    }

    [Theory]
    [InlineData("POST", "/v1/who-can", """{"operation":"etcd:kv.put:x"}""")]
    [InlineData("GET", "/v1/suggest/admin?since=2026-01-01T00:00:00Z", null)]
    [InlineData("GET", "/v1/unused?since=2026-01-01T00:00:00Z", null)]
    public async Task Without_the_right_there_is_no_answer(string method, string path, string? body)
    {
        using AdminBench bench = Bench();
        foreach (string user in new[] { "reader", "auditor", "nobodyyet" })
        {
            Reply reply = await bench.CallAsync(user, method, path, body);
            reply.Status.ShouldBe(403);
            reply.Body.ShouldNotContain("superuser");
        }
    }

    [Theory]
    [InlineData("etcd")]
    [InlineData("etcd:")]
    [InlineData("etcd:*:x")]
    [InlineData("elasticsearch:index:read:events")]
    [InlineData("etcd:kv.put:")]
    [InlineData("ignite:sql.read:orders")]
    [InlineData("et\u0007cd:kv.put:x")]
    public async Task An_operation_that_could_be_another_is_refused(string operation)
    {
        using AdminBench bench = Bench();
        string body = JsonSerializer.Serialize(new WhoCanRequest { Operation = operation }, AdminJson.Default.WhoCanRequest);
        (await bench.CallAsync("admin", "POST", "/v1/who-can", body)).ErrorId.ShouldBe(AdministrationProblems.OperationSyntax.Id);
    }

    [Fact]
    public async Task The_suggested_role_allows_what_was_done_and_nothing_of_a_namesake()
    {
        using AdminBench bench = Bench();
        Add(bench, Did("reader", "native", "kv.range", "app/a"), Did("reader", "native", "kv.range", "app/b"), Did("reader", "native", "kv.range", "app/b"));
        Add(bench, Did("reader", "api-key", "kv.put", "app/a", "app/b"), Did("reader", "corp", "kv.put", "secret"), Did("reader", "native", "watch"));
        Add(bench, Did("reader", "native", "kv.delete", "app/a") with { Action = AuditAction.AccessDenied });
        Add(bench, Did("other", "native", "kv.put", "other"), Did("reader", "native", "kv.put", "*odd\n") with { Gate = "two" });

        SuggestResponse found = await SuggestAsync(bench, "");
        found.Role.Grants.Select(GrantText.Format).ShouldBe(["etcd:kv.put:*odd\n,app/a,app/b", "etcd:kv.range:app/a,app/b", "etcd:watch:**"]);
        found.Allowed.ShouldBe(6);
        found.Denied.ShouldBe(1);
        found.Notes.ShouldContain(static note => note.Contains("written literally"));
        found.Trail.Complete.ShouldBeTrue();

        found = await SuggestAsync(bench, "&gate=etcd&generalize=1&include_denied=true");
        found.Role.Grants.Select(GrantText.Format).ShouldBe(["etcd:kv.delete:app/a (through etcd)", "etcd:kv.put,kv.range:app/* (through etcd)", "etcd:watch:** (through etcd)"]);
        (await SuggestAsync(bench, "&realm=corp")).Role.Grants.Select(GrantText.Format).ShouldBe(["etcd:kv.put:secret"]);
    }

    [Fact]
    public async Task Unused_names_what_nothing_met_and_says_when_it_cannot_know()
    {
        using AdminBench bench = Bench();
        Put(bench, document => document with
        {
            Roles = document.Roles.SetItem("app-reader", Role(
                "app-reader",
                new Grant { System = "etcd", Actions = ["kv.range"], Resources = ["app/**"] },
                new Grant { System = "etcd", Actions = ["kv.put"], Resources = ["app/**"] },
                new Grant { System = "etcd", Actions = ["*"], Resources = ["app/a"], When = new GrantConditions { Hours = "13:00-14:00" } },
                new Grant { Effect = GrantEffect.Deny, System = "etcd", Actions = ["kv.delete"] }))
                .SetItem("acting", Role("acting", new Grant { System = "gatehouse", Actions = ["run-as"], Resources = ["cl*"] }, new Grant { System = "gatehouse", Actions = ["run-as"], Resources = ["other"] }))
                .SetItem("network.db", Role("network.db")),
            Users = document.Users.SetItem("nobodyyet", document.Users["nobodyyet"] with { Roles = ["acting"] }),
        });
        Add(bench, Did("reader", "native", "kv.range", "app/a"), Did("reader", "native", "kv.delete", "app/a") with { Action = AuditAction.AccessDenied });
        Add(bench, Did("clerk", "native", "kv.range", "app/b") with { RunBy = "native/nobodyyet" });

        UnusedResponse found = await UnusedAsync(bench, "2026-01-30T00:00:00Z");
        found.Grants.Where(static grant => grant.Role == "app-reader").Select(static grant => grant.Index).ShouldBe([1, 2]);
        found.Grants.Where(static grant => grant.Role == "acting").Select(static grant => grant.Index).ShouldBe([1], "the right to act as the clerk was needed");
        found.Roles.ShouldBe(["unused"], "a gate gives network.db by itself");
        found.Users.ShouldBe(["admin", "auditor", "clerk"], "who acts for the clerk came in, the clerk did not");
        found.ApiKeys.ShouldHaveSingleItem().Id.ShouldBe(AdminBench.KnownKey);
        found.Trail.Complete.ShouldBeFalse();
        found.Trail.Notes.ShouldHaveSingleItem().ShouldContain("the trail begins at 2026-01-31 12:00:00Z");

        // The same question an hour later, and with the key.
        Add(bench, Did("reader", "api-key", "kv.range", "app/a") with { ApiKey = AdminBench.KnownKey, Time = Noon.AddMinutes(61) });
        Put(bench, document => document with { AuditPolicy = new AuditPolicyDocument { Rules = new AuditRules { Exclude = ["access_granted"] } } });
        found = await UnusedAsync(bench, "2026-01-31T12:00:00Z");
        found.Grants.Where(static grant => grant.Role == "app-reader").Select(static grant => grant.Index).ShouldBe([1]);
        found.ApiKeys.ShouldBeEmpty();
        found.Trail.Notes.ShouldHaveSingleItem().ShouldBe("the audit policy keeps allowed requests out of the trail at etcd, admin");
    }

    private static AdminBench Bench()
    {
        var bench = new AdminBench();
        bench.Time.Advance(Noon.AddHours(2) - bench.Time.GetUtcNow());
        return bench;
    }

    private static RoleDocument Role(string name, params ImmutableArray<Grant> grants) => new() { Name = name, Grants = grants };

    private static void Put(AdminBench bench, Func<ClusterDocument, ClusterDocument> change) => bench.Changes.Put(change(bench.Changes.Current)).ShouldBeEmpty();

    private static Done Did(string user, string realm, string action, params string[] names) => new(user, realm, action, names);

    private static void Add(AdminBench bench, params Done[] done) => bench.Audit.Records.AddRange(done.Select(static one => one.ToRecord()));

    private static async Task<WhoCanResponse> AskAsync(AdminBench bench, string body)
    {
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/who-can", body);
        reply.Status.ShouldBe(200, reply.Body);
        return JsonSerializer.Deserialize(reply.Body, AdminJson.Default.WhoCanResponse)!;
    }

    private static async Task<WhatCanResponse> WhatAsync(AdminBench bench, string user, string name)
    {
        Reply reply = await bench.CallAsync(user, "GET", "/v1/what-can/" + name);
        reply.Status.ShouldBe(200, reply.Body);
        return JsonSerializer.Deserialize(reply.Body, AdminJson.Default.WhatCanResponse)!;
    }

    private static async Task<SuggestResponse> SuggestAsync(AdminBench bench, string more)
    {
        Reply reply = await bench.CallAsync("admin", "GET", "/v1/suggest/reader?since=2026-01-31T12:00:00Z" + more);
        reply.Status.ShouldBe(200, reply.Body);
        return JsonSerializer.Deserialize(reply.Body, AdminJson.Default.SuggestResponse)!;
    }

    private static async Task<UnusedResponse> UnusedAsync(AdminBench bench, string since)
    {
        Reply reply = await bench.CallAsync("admin", "GET", "/v1/unused?since=" + since);
        reply.Status.ShouldBe(200, reply.Body);
        return JsonSerializer.Deserialize(reply.Body, AdminJson.Default.UnusedResponse)!;
    }

    private static IEnumerable<string> Shown(WhoCanResponse found) => found.Identities.Select(
        static identity => $"{identity.Kind} {identity.Name} {identity.Verdict} {string.Join(' ', identity.Through.Select(static grant => $"{grant.Role}#{grant.Index}"))}");

    private sealed record Done(string User, string Realm, string Operation, string[] Names)
    {
        public AuditAction Action { get; init; } = AuditAction.AccessGranted;

        public string Gate { get; init; } = "etcd";

        public string? RunBy { get; init; }

        public string? ApiKey { get; init; }

        public DateTimeOffset Time { get; init; } = Noon;

        public AuditRecord ToRecord()
        {
            var operations = new OperationSet();
            operations.Begin(SystemAction.Intern("etcd", Operation));
            foreach (string name in Names)
            {
                operations.AddResource(Encoding.UTF8.GetBytes(name));
            }

            return Trails.Recorded(new AuditEvent
            {
                Action = Action,
                Outcome = Action == AuditAction.AccessDenied ? AuditOutcome.Failure : AuditOutcome.Success,
                Time = Time,
                User = User,
                Realm = Realm,
                RunBy = RunBy,
                ApiKey = ApiKey,
                Roles = ["app-reader"],
                Gate = Gate,
                Source = new IPEndPoint(IPAddress.Parse("10.0.0.9"), 1),
                Operations = operations,
                RequestId = 7,
            });
        }
    }
}
