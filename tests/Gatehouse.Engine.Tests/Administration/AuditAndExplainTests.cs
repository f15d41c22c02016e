using System.Net;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>The trail as the API shows it, and why something was refused.</summary>
public sealed class AuditAndExplainTests
{
    private static AuditRecord Line(string text) => Recorded(new AuditEvent
    {
        Action = AuditAction.AccessGranted,
        Outcome = AuditOutcome.Success,
        Time = DateTimeOffset.UnixEpoch,
        Message = text,
    });

    [Fact]
    public async Task Search_gives_the_newest_oldest_first_and_says_when_there_are_more()
    {
        using var bench = new AdminBench();
        bench.Audit.Records.AddRange([Line("one"), Line("two"), Line("three")]);

        Reply reply = await bench.CallAsync("auditor", "GET", "/v1/audit?limit=2&action=access_granted&source=10.0.0.1&since=2026-01-31T08:00:00Z");
        reply.Status.ShouldBe(200, reply.Body);
        bench.Audit.LastQuery!.Source.ShouldBe(IPNetwork.Parse("10.0.0.1/32"));

        reply = await bench.CallAsync("auditor", "GET", "/v1/audit?limit=2");
        reply.Json.GetProperty("records").EnumerateArray().Select(static r => r.GetProperty("message").GetString()).ShouldBe(["two", "three"]);
        reply.Json.GetProperty("truncated").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_tail_ends_when_its_reader_loses_the_right()
    {
        using var bench = new AdminBench();
        (Task run, NotifyingStream output, AbortFeature abort) = bench.Start("auditor", "/v1/audit/tail");
        await bench.Audit.Following.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await bench.Audit.Live.Writer.WriteAsync(Line("seen"));
        await output.Line.WaitAsync(TimeSpan.FromSeconds(10));
        bench.Connection.Redecide(bench.Snapshots.Current, bench.Time.GetUtcNow());
        run.IsCompleted.ShouldBeFalse();

        (await bench.CallAsync("admin", "PATCH", "/v1/users/auditor", """{"roles":[]}""")).Status.ShouldBe(200);
        bench.Connection.Redecide(bench.Snapshots.Current, bench.Time.GetUtcNow());

        await run.WaitAsync(TimeSpan.FromSeconds(10));
        abort.IsAborted.ShouldBeTrue();
        Encoding.UTF8.GetString(output.ToArray()).ShouldMatch("^\\{.*\"message\":\"seen\".*\\}\n$");
    }

    [Fact]
    public async Task A_tail_ends_when_its_reader_gets_another_password()
    {
        using var bench = new AdminBench();
        (Task run, _, AbortFeature abort) = bench.Start("auditor", "/v1/audit/tail");
        await bench.Audit.Following.Task.WaitAsync(TimeSpan.FromSeconds(10));
        (await bench.CallAsync("admin", "POST", "/v1/users/auditor/password", """{"password":"a long way home"}""")).Status.ShouldBe(200);
        bench.Connection.Redecide(bench.Snapshots.Current, bench.Time.GetUtcNow());
        await run.WaitAsync(TimeSpan.FromSeconds(10));
        abort.IsAborted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_denial_explains_itself_with_the_smallest_grant_that_would_allow_it()
    {
        using var bench = new AdminBench();
        Reply denied = await bench.CallAsync("reader", "DELETE", "/v1/users/temp-1");
        string receipt = denied.Json.GetProperty("error").GetProperty("receipt").GetString()!;
        bench.Audit.Records.Add(Recorded(bench.Last(AuditAction.AccessDenied)));

        // A later generation must not change the answer.
        (await bench.CallAsync("admin", "PUT", "/v1/roles/app-reader", """{"grants":[{"system":"gatehouse","actions":["*"]}]}""")).Status.ShouldBe(200);
        Reply reply = await bench.CallAsync("auditor", "GET", $"/v1/explain/{receipt}");

        reply.Status.ShouldBe(200, reply.Body);
        ExplainResponse why = JsonSerializer.Deserialize(reply.Body, AdminJson.Default.ExplainResponse)!;
        why.Allowed.ShouldBeFalse();
        why.Reason.ShouldBe("no_grant");
        why.Generation.ShouldBe(1);
        why.User.ShouldBe("native/reader");
        why.Operations.ShouldBe(["gatehouse user.write temp-1"]);
        why.Rules.ShouldContain(static rule => rule.Role == "app-reader" && rule.Failed == "system");
        GrantView grant = why.SmallestGrants.ShouldHaveSingleItem();
        GrantText.Format(grant).ShouldBe("gatehouse:user.write:temp-1");

        // And it does allow it.
        string role = JsonSerializer.Serialize(new RoleView { Grants = [grant] }, AdminJson.Default.RoleView);
        (await bench.CallAsync("admin", "PUT", "/v1/roles/fix", role)).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "PATCH", "/v1/users/reader", """{"roles":["fix"]}""")).Status.ShouldBe(200);
        (await bench.CallAsync("reader", "DELETE", "/v1/users/temp-1")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_key_and_an_actor_are_explained_by_what_they_lack_themselves()
    {
        using var bench = new AdminBench();
        ClusterDocument document = bench.Changes.Current;
        bench.Changes.Put(document with
        {
            Roles = document.Roles.SetItem("app-reader", new RoleDocument { Name = "app-reader", Grants = [new Grant { System = "etcd", Actions = ["kv.*"], Resources = ["app/**"] }, new Grant { System = "gatehouse", Actions = ["run-as"], Resources = ["cust-*"] }] }),
            ApiKeys = document.ApiKeys.SetItem(AdminBench.KnownKey, document.ApiKeys[AdminBench.KnownKey] with { Grants = [new Grant { System = "etcd", Actions = ["kv.range"], Resources = ["app/one"] }] })
                .SetItem("BBBBBBBBBBBBBBBBBBBB", document.ApiKeys[AdminBench.KnownKey] with { Id = "BBBBBBBBBBBBBBBBBBBB", IsDerived = true }),
        }).ShouldBeEmpty();

        ExplainResponse why = await ExplainAsync(bench, new AuditEvent { Reason = "no_grant", User = "reader", Realm = "api-key", ApiKey = AdminBench.KnownKey, Roles = ["app-reader"] });
        (why.Allowed, why.Reason, why.ApiKey).ShouldBe((false, "no_grant", AdminBench.KnownKey));
        why.Summary.ShouldStartWith("`reader` may, but the own grants of API key");
        GrantText.Format(why.SmallestGrants.ShouldHaveSingleItem()).ShouldBe("etcd:kv.put:app/x");
        why = await ExplainAsync(bench, new AuditEvent { Reason = "no_grant", User = "reader", Realm = "api-key", ApiKey = "BBBBBBBBBBBBBBBBBBBB", Roles = ["app-reader"] });
        why.Summary.ShouldContain("was made with another key");
        why.SmallestGrants.ShouldBeEmpty();

        why = await ExplainAsync(bench, new AuditEvent { Reason = "run_as", User = "admin", Realm = "native", RunBy = "native/reader" });
        (why.Allowed, why.Reason, why.RunBy, why.Summary).ShouldBe((false, "run_as", null, "`native/reader` may not act as `admin`"));
        why.Roles.ShouldBe(["app-reader"]);
        GrantText.Format(why.SmallestGrants.ShouldHaveSingleItem()).ShouldBe("gatehouse:run-as:admin");
        why = await ExplainAsync(bench, new AuditEvent { Reason = "run_as", User = "admin", Realm = "native", RunBy = "corp/dora" });
        why.Summary.ShouldEndWith("are not in the record");

        why = await ExplainAsync(bench, new AuditEvent { Reason = "run_as", User = "cust-nobody", Realm = "native", RunBy = "native/reader" });
        (why.Allowed, why.SmallestGrants.Count).ShouldBe((false, 0));
        why.Summary.ShouldContain("there is no such user");

        // Grants had no part in it: saying yes would be no answer.
        why = await ExplainAsync(bench, new AuditEvent { Reason = "login_fell", User = "reader", Realm = "native", Roles = ["app-reader"] });
        (why.Allowed, why.Reason).ShouldBe((false, "login_fell"));
        why.Summary.ShouldBe("it was refused for `login_fell`, not for a missing grant");
    }

    private static async Task<ExplainResponse> ExplainAsync(AdminBench bench, AuditEvent refused)
    {
        var operations = new OperationSet();
        operations.Begin(SystemAction.Intern("etcd", "kv.put"));
        operations.AddResource("app/x"u8);
        refused.Action = AuditAction.AccessDenied;
        refused.Operations = operations;
        refused.Generation = bench.Snapshots.Current.Generation;
        refused.Receipt = ReceiptCode.New(1, 1, bench.Audit.Records.Count + 1).ToString();
        refused.Time = DateTimeOffset.UnixEpoch;
        bench.Audit.Records.Add(Recorded(refused));
        Reply reply = await bench.CallAsync("auditor", "GET", $"/v1/explain/{refused.Receipt}");
        reply.Status.ShouldBe(200, reply.Body);
        return JsonSerializer.Deserialize(reply.Body, AdminJson.Default.ExplainResponse)!;
    }

    [Fact]
    public async Task Unknown_receipts_and_forgotten_generations_are_told_apart()
    {
        using var bench = new AdminBench();
        string receipt = ReceiptCode.New(1, 1, 1).ToString();
        (await bench.CallAsync("auditor", "GET", $"/v1/explain/{receipt}")).ErrorId.ShouldBe(AdministrationProblems.UnknownReceipt.Id);
        (await bench.CallAsync("auditor", "GET", "/v1/explain/nonsense")).ErrorId.ShouldBe(AdministrationProblems.UnknownReceipt.Id);
        var operations = new OperationSet();
        operations.Begin(SystemAction.Intern("etcd", "kv.put"));
        bench.Audit.Records.Add(Recorded(new AuditEvent
        {
            Action = AuditAction.AccessDenied,
            Receipt = receipt,
            Generation = 77,
            User = "x",
            Realm = "native",
            Operations = operations,
            Time = DateTimeOffset.UnixEpoch,
        }));
        (await bench.CallAsync("auditor", "GET", $"/v1/explain/{receipt}")).ErrorId.ShouldBe(AdministrationProblems.GenerationGone.Id);
    }

    [Fact]
    public async Task A_refused_request_without_operations_says_that_no_grant_helps()
    {
        using var bench = new AdminBench();
        string receipt = ReceiptCode.New(1, 1, 1).ToString();
        bench.Audit.Records.Add(Recorded(new AuditEvent { Receipt = receipt, Action = AuditAction.AccessDenied, Method = "GET", Path = "/x", Reason = "unknown_path", Time = DateTimeOffset.UnixEpoch }));
        Reply reply = await bench.CallAsync("auditor", "GET", $"/v1/explain/{receipt}");
        reply.Status.ShouldBe(200);
        reply.Json.GetProperty("summary").GetString()!.ShouldContain("no grant allows it");
    }

    [Theory]
    [InlineData("reader", null, "app/x", 200, true)]
    [InlineData("reader", "reader", "other", 200, false)]
    [InlineData("reader", "admin", "app/x", 403, false)]
    [InlineData("admin", "reader", "app/x", 200, true)]
    [InlineData("admin", "reader", "other", 200, false)]
    [InlineData("admin", "ghost", "other", 404, false)]
    public async Task Can_i_tells_everybody_about_oneself_and_others_by_right(string caller, string? about, string resource, int status, bool isAllowed)
    {
        using var bench = new AdminBench();
        var request = new CanIRequest { User = about, System = "etcd", Action = "kv.range", Resource = resource };
        Reply reply = await bench.CallAsync(caller, "POST", "/v1/can-i", JsonSerializer.Serialize(request, AdminJson.Default.CanIRequest));
        reply.Status.ShouldBe(status, reply.Body);
        if (status == 200)
        {
            reply.Json.GetProperty("allowed").GetBoolean().ShouldBe(isAllowed);
        }
    }

    [Fact]
    public async Task Can_i_does_not_fill_the_memory_with_actions_that_nobody_knows()
    {
        using var bench = new AdminBench();
        int before = SystemAction.Count;
        string Question(string action) => $$"""{"system":"made-up","action":"{{action}}"}""";
        (await bench.CallAsync("reader", "POST", "/v1/can-i", Question("with space"))).Status.ShouldBe(422);
        for (int i = 0; i < AskedActions.MaxUnknown; i++)
        {
            (await bench.CallAsync("reader", "POST", "/v1/can-i", Question($"a{i}"))).Status.ShouldBe(200);
        }

        (await bench.CallAsync("reader", "POST", "/v1/can-i", Question("one-more"))).Status.ShouldBe(422);
        (await bench.CallAsync("reader", "POST", "/v1/can-i", Question("a0"))).Status.ShouldBe(200);
        SystemAction.Find("made-up", "one-more").ShouldBeNull();
        SystemAction.Count.ShouldBeGreaterThanOrEqualTo(before + AskedActions.MaxUnknown);
    }

    [Fact]
    public async Task Can_i_knows_disabled_users()
    {
        using var bench = new AdminBench();
        bench.Changes.Put(bench.Changes.Current with { Users = bench.Changes.Current.Users.SetItem("reader", bench.Changes.Current.Users["reader"] with { Enabled = false }) });
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/can-i", """{"user":"reader","system":"etcd","action":"kv.range","resource":"app/x"}""");
        reply.Json.GetProperty("allowed").GetBoolean().ShouldBeFalse();
        reply.Json.GetProperty("reason").GetString().ShouldBe("inactive_user");
    }

    [Theory]
    [InlineData("etcd:kv.range:app/**", "etcd", "kv.range", "app/**")]
    [InlineData("etcd:kv.range,watch:a,b", "etcd", "kv.range,watch", "a,b")]
    [InlineData("etcd:kv.range", "etcd", "kv.range", "")]
    [InlineData("elasticsearch:index:read events-*", "elasticsearch", "index:read", "events-*")]
    public void Grants_in_one_line_go_there_and_back(string text, string system, string actions, string resources)
    {
        GrantText.TryParse(text, GrantEffect.Allow, out GrantView? grant, out string? reason).ShouldBeTrue(reason);
        grant!.System.ShouldBe(system);
        string.Join(',', grant.Actions).ShouldBe(actions);
        string.Join(',', grant.Resources).ShouldBe(resources);
        GrantText.TryParse(GrantText.Format(grant), GrantEffect.Allow, out GrantView? again, out _).ShouldBeTrue();
        GrantText.Format(again!).ShouldBe(GrantText.Format(grant));
    }

    [Theory]
    [InlineData("etcd")]
    [InlineData("etcd:")]
    [InlineData(":kv.range:x")]
    [InlineData("etcd:kv.range:")]
    [InlineData("etcd:kv.range,:x")]
    [InlineData("etcd:kv:range:x")]
    [InlineData("elasticsearch:index:read")]
    [InlineData("etcd:kv.range a b")]
    public void Grants_that_could_be_read_two_ways_are_refused(string text) =>
        GrantText.TryParse(text, GrantEffect.Allow, out _, out _).ShouldBeFalse();

    // What the trail gives back of what was handed to it.
    private static AuditRecord Recorded(AuditEvent written)
    {
        byte[] line = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain();
        int length = chain.Append(line, AuditRecordWriter.Format(written, line));
        AuditRecordReader.TryRead(line.AsSpan(0, length).TrimEnd((byte)'\n'), out AuditRecord? record).ShouldBeTrue();
        return record;
    }
}
