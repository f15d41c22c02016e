using System.Text.Json;
using Gatehouse.Audit;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>The audit policy over the API: read, replaced, tried and reset, and never without a record.</summary>
public sealed class AuditPolicyTests
{
    private const string Path = "/v1/audit/policy";

    [Fact]
    public async Task It_comes_back_as_it_was_set_with_the_next_revision()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "GET", Path)).Body.ShouldBe("""{"revision":0}""");
        const string Policy = """{"level":"standard","exclude":["access_granted"],"ignore":{"probe":{"users":["probe-*"],"roles":[]}},"gates":{"etcd":{"include":["_all"],"ignore":{"own":{"resources":["/tmp.*/",""]}}}}}""";

        (await bench.CallAsync("admin", "PUT", Path, Policy)).Status.ShouldBe(200);

        (await bench.CallAsync("auditor", "GET", Path)).Body.ShouldBe("{\"revision\":1," + Policy[1..]);
        bench.Snapshots.Current.AuditPolicy.Records(new AuditSubject(AuditAction.AccessGranted, "other")).ShouldBeFalse();
        bench.Snapshots.Current.AuditPolicy.Records(new AuditSubject(AuditAction.AccessGranted, "etcd")).ShouldBeFalse("it has no resource");
        bench.Changes.Summaries.ShouldHaveSingleItem().ShouldBe(
            "native/admin: set the audit policy: level standard, include -, exclude access_granted, 2 ignore policies, rules of 1 gates");
        bench.Last(AuditAction.AccessGranted).Target.ShouldBe("audit/policy");

        (await bench.CallAsync("admin", "DELETE", Path + "?revision=1")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "GET", Path)).Body.ShouldBe("""{"revision":2}""");
        bench.Snapshots.Current.AuditPolicy.Records(new AuditSubject(AuditAction.AccessGranted, "other")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_change_of_somebody_else_is_not_overwritten()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "PUT", Path, """{"revision":0,"level":"minimal"}""")).Status.ShouldBe(200);

        Reply late = await bench.CallAsync("admin", "PUT", Path, """{"revision":0,"level":"full"}""");
        Reply reset = await bench.CallAsync("admin", "DELETE", Path + "?revision=0");

        late.Status.ShouldBe(409);
        late.ErrorId.ShouldBe(AuditProblems.PolicyChanged.Id);
        reset.ErrorId.ShouldBe(AuditProblems.PolicyChanged.Id);
        bench.Snapshots.Current.Document.AuditPolicy.Rules.Level.ShouldBe("minimal");

        // Also where the other one comes in between.
        bench.Changes.Rival = static document => document with { AuditPolicy = document.AuditPolicy with { Revision = 2 } };
        (await bench.CallAsync("admin", "PUT", Path, """{"revision":1,"level":"full"}""")).Status.ShouldBe(409);
        (await bench.CallAsync("admin", "PUT", Path, """{"level":"full"}""")).Status.ShouldBe(200);
        bench.Snapshots.Current.Document.AuditPolicy.Revision.ShouldBe(3);
    }

    [Theory]
    [InlineData("""{"level":"loud"}""", 422, "GH8030")]
    [InlineData("""{"exclude":["security_config_change"]}""", 422, "GH8030")]
    [InlineData("""{"ignore":{"all":{}}}""", 422, "GH8030")]
    [InlineData("""{"ignore":{"all":null}}""", 422, "GH8030")]
    [InlineData("""{"ignore":{"p":{"users":["/a"]}}}""", 422, "GH8030")]
    [InlineData("""{"ignore":{"p":{"users":["/(a|b)*a(a|b){40}/"]}}}""", 422, "GH8031")]
    [InlineData("""{"ignore":{"p":{"users":["a"]},"p":{"users":["b"]}}}""", 400, "GH9007")]
    [InlineData("""{"ignore":{"p":{"indices":["a"]}}}""", 400, "GH9007")]
    [InlineData("""{"ignore":{"p":{"users":[null]}}}""", 400, "GH9007")]
    [InlineData("""{"levle":"full"}""", 400, "GH9007")]
    public async Task A_bad_policy_changes_nothing(string body, int status, string id)
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "PUT", Path, """{"level":"standard"}""")).Status.ShouldBe(200);
        long before = bench.Changes.Generation;

        Reply reply = await bench.CallAsync("admin", "PUT", Path, body);

        reply.Status.ShouldBe(status, reply.Body);
        reply.ErrorId.ShouldBe(id);
        bench.Changes.Generation.ShouldBe(before);
        bench.Snapshots.Current.Document.AuditPolicy.Rules.Level.ShouldBe("standard");
    }

    [Fact]
    public async Task Who_reads_the_trail_may_read_the_policy_and_not_set_it()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("auditor", "GET", Path)).Status.ShouldBe(200);
        (await bench.CallAsync("auditor", "PUT", Path, "{}")).Status.ShouldBe(403);
        (await bench.CallAsync("auditor", "DELETE", Path)).Status.ShouldBe(403);
        (await bench.CallAsync("clerk", "GET", Path)).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Administrative_acts_are_recorded_whatever_the_policy_says_and_reads_need_not_be()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "PUT", Path, """{"exclude":["_all"],"ignore":{"all":{"users":["*",""]}}}""")).Status.ShouldBe(200);
        bench.Trail.Records.Clear();

        (await bench.CallAsync("admin", "GET", "/v1/users")).Status.ShouldBe(200);
        bench.Trail.Records.ShouldBeEmpty();

        (await bench.CallAsync("admin", "DELETE", "/v1/roles/unused")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "PUT", Path, """{"exclude":["_all"]}""")).Status.ShouldBe(200);
        (await bench.CallAsync("clerk", "GET", "/v1/roles")).Body.ShouldContain("\"receipt\"");
        (await bench.CallAsync(null, "GET", "/v1/users")).Status.ShouldBe(401);
        (await bench.CallAsync("admin", "GET", "/v1/users", password: "wrong")).Status.ShouldBe(401);
        (await bench.CallAsync("admin", "GET", "/v1/users/..")).Status.ShouldBe(400);
        bench.Trail.Records.Select(static record => $"{AuditWords.Of(record.Action)} {record.Target}".TrimEnd()).ShouldBe(
        [
            "access_granted roles/unused", "access_granted audit/policy", "access_denied", "anonymous_access_denied", "authentication_failed", "tampered_request",
        ]);
    }

    [Fact]
    public async Task An_event_can_be_tried()
    {
        using var bench = new AdminBench();
        await bench.CallAsync("admin", "PUT", Path, """{"level":"standard","ignore":{"readers":{"roles":["app-*"],"actions":["kv.range"],"resources":["app/*"]}}}""");

        async Task<JsonElement> TryAsync(string body) => (await bench.CallAsync("auditor", "POST", Path + "/test", body)).Json;
        JsonElement ignored = await TryAsync("""{"event":"access_granted","user":"reader","system":"etcd","action":"kv.range","resources":["app/x"]}""");
        ignored.GetProperty("recorded").GetBoolean().ShouldBeFalse();
        ignored.GetProperty("rule").GetString().ShouldBe("ignored");
        ignored.GetProperty("policy").GetString().ShouldBe("readers");
        ignored.GetProperty("summary").GetString().ShouldBe("ignore policy `readers` of every gate matches it");
        (await TryAsync("""{"event":"access_granted","user":"reader","system":"etcd","action":"kv.range","resources":["app/x","other"]}""")).GetProperty("rule").GetString().ShouldBe("included");
        (await TryAsync("""{"event":"access_granted","user":"reader","roles":["app-reader","clerk"],"system":"etcd","action":"kv.range","resources":["app/x"]}""")).GetProperty("recorded").GetBoolean().ShouldBeTrue();
        (await TryAsync("""{"event":"tls_failed"}""")).GetProperty("rule").GetString().ShouldBe("not_included");
        (await TryAsync("""{"event":"security_config_change"}""")).GetProperty("rule").GetString().ShouldBe("always");
        (await TryAsync("""{"event":"nothing"}""")).GetProperty("error").GetProperty("id").GetString().ShouldBe("GH9024");
        (await TryAsync("""{"event":"access_granted","resources":["x"]}""")).GetProperty("error").GetProperty("id").GetString().ShouldBe("GH9024");
    }
}
