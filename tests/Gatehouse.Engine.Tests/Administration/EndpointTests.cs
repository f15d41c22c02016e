using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>Every endpoint, allowed, denied and unauthenticated; an endpoint without a sample here fails.</summary>
public sealed class EndpointTests
{
    private static readonly Dictionary<string, (string Target, string? Body, int Status)> Samples = new(StringComparer.Ordinal)
    {
        ["GET /v1/users"] = ("/v1/users", null, 200),
        ["POST /v1/users"] = ("/v1/users", """{"name":"anna","password":"a long way home","roles":["app-reader"]}""", 200),
        ["GET /v1/users/{name}"] = ("/v1/users/reader", null, 200),
        ["PATCH /v1/users/{name}"] = ("/v1/users/reader", """{"full_name":"R"}""", 200),
        ["DELETE /v1/users/{name}"] = ("/v1/users/reader", null, 200),
        ["POST /v1/users/{name}/password"] = ("/v1/users/reader/password", """{"password":"a long way home"}""", 200),
        ["POST /v1/users/{name}/reset"] = ("/v1/users/admin/reset", """{"password":"a long way home"}""", 403),
        ["GET /v1/roles"] = ("/v1/roles", null, 200),
        ["GET /v1/roles/{name}"] = ("/v1/roles/superuser", null, 200),
        ["PUT /v1/roles/{name}"] = ("/v1/roles/writer", """{"grants":[{"system":"etcd","actions":["kv.put"],"resources":["app/**"]}]}""", 200),
        ["DELETE /v1/roles/{name}"] = ("/v1/roles/unused", null, 200),
        ["GET /v1/realms"] = ("/v1/realms", null, 200),
        ["GET /v1/realms/{name}"] = ("/v1/realms/corp", null, 200),
        ["PUT /v1/realms/{name}"] = ("/v1/realms/guests", """{"kind":"anonymous","anonymous":{"roles":["app-reader"]}}""", 200),
        ["DELETE /v1/realms/{name}"] = ("/v1/realms/spare?version=1", null, 200),
        ["POST /v1/realms/{name}/test"] = ("/v1/realms/corp/test", """{"user":"dora","password":"right"}""", 200),
        ["GET /v1/mappings"] = ("/v1/mappings", null, 200),
        ["GET /v1/mappings/{name}"] = ("/v1/mappings/readers", null, 200),
        ["PUT /v1/mappings/{name}"] = ("/v1/mappings/others", """{"roles":["app-reader"],"realms":["corp"],"users":["d*"]}""", 200),
        ["DELETE /v1/mappings/{name}"] = ("/v1/mappings/readers", null, 200),
        ["GET /v1/apikeys"] = ("/v1/apikeys?all=true", null, 200),
        ["POST /v1/apikeys"] = ("/v1/apikeys", """{"name":"k","owner":"reader"}""", 200),
        ["DELETE /v1/apikeys/{id}"] = ("/v1/apikeys/AAAAAAAAAAAAAAAAAAAA", null, 200),
        ["GET /v1/policy"] = ("/v1/policy", null, 200),
        ["POST /v1/policy/diff"] = ("/v1/policy/diff", """{"policy":{"version":1,"mappings":{}}}""", 200),
        ["POST /v1/policy/test"] = ("/v1/policy/test", """{"policy":{"version":1,"tests":[{"user":"reader","may":["etcd:kv.range:app/x"]}]}}""", 200),
        ["POST /v1/policy/apply"] = ("/v1/policy/apply", """{"policy":{"version":1,"mappings":{}}}""", 200),
        ["POST /v1/policy/rollback"] = ("/v1/policy/rollback", "{}", 404),
        ["POST /v1/policy/rollback/diff"] = ("/v1/policy/rollback/diff", "{}", 404),
        ["GET /v1/policy/history"] = ("/v1/policy/history?limit=5", null, 200),
        ["GET /v1/status"] = ("/v1/status", null, 200),
        ["GET /v1/openapi.json"] = ("/v1/openapi.json", null, 200),
        ["GET /v1/whoami"] = ("/v1/whoami", null, 200),
        ["POST /v1/reload"] = ("/v1/reload", null, 200),
        ["GET /v1/gates"] = ("/v1/gates", null, 200),
        ["POST /v1/gates"] = ("/v1/gates", """{"name":"g2","listen":"127.0.0.1:3","upstream":"http://127.0.0.1:4"}""", 200),
        ["POST /v1/gates/{name}/expose"] = ("/v1/gates/etcd/expose", "{}", 200),
        ["POST /v1/gates/{name}/test"] = ("/v1/gates/etcd/test", null, 200),
        ["GET /v1/client-ids"] = ("/v1/client-ids?user=anna&id=pump%2F1&limit=5", null, 200),
        ["GET /v1/client-ids/{key}"] = ($"/v1/client-ids/{new string('a', 64)}", null, 200),
        ["DELETE /v1/client-ids/{key}"] = ($"/v1/client-ids/{new string('a', 64)}", null, 200),
        ["GET /v1/connections"] = ("/v1/connections?user=anna", null, 200),
        ["DELETE /v1/connections"] = ("/v1/connections?user=anna", null, 200),
        ["DELETE /v1/connections/{id}"] = ("/v1/connections/99", null, 404),
        ["GET /v1/pin-owners"] = ("/v1/pin-owners?user=anna&limit=5", null, 200),
        ["POST /v1/pin-owners"] = ("/v1/pin-owners", """{"cluster":"media","cid":"bafy","user":"anna"}""", 200),
        ["DELETE /v1/pin-owners"] = ("/v1/pin-owners?cluster=media&cid=bafy&user=anna", null, 200),
        ["POST /v1/pin-owners/rebuild"] = ("/v1/pin-owners/rebuild", """{"gate":"ipfs"}""", 200),
        ["GET /v1/networks"] = ("/v1/networks", null, 200),
        ["POST /v1/networks"] = ("/v1/networks", """{"effect":"allow","address":"10.0.0.0/8"}""", 200),
        ["PUT /v1/networks"] = ("/v1/networks", """{"networks":[{"effect":"deny","address":"10.6.6.0/24"}],"replace":true}""", 200),
        ["DELETE /v1/networks"] = ("/v1/networks?address=10.6.6.6", null, 200),
        ["POST /v1/enrolment-tokens"] = ("/v1/enrolment-tokens", """{"node":"node-c"}""", 422),
        ["GET /v1/enrolment-tokens"] = ("/v1/enrolment-tokens", null, 200),
        ["DELETE /v1/enrolment-tokens/{id}"] = ("/v1/enrolment-tokens/0011223344556677", null, 404),
        ["GET /v1/nodes"] = ("/v1/nodes", null, 200),
        ["DELETE /v1/nodes/{name}"] = ("/v1/nodes/node-b", null, 200),
        ["POST /v1/node/leave"] = ("/v1/node/leave", null, 404),
        ["GET /v1/rotations/{kind}"] = ("/v1/rotations/secret", null, 404),
        ["POST /v1/rotations/{kind}/step"] = ("/v1/rotations/secret/step", """{"force":false}""", 404),
        ["POST /v1/rotations/{kind}/rollback"] = ("/v1/rotations/secret/rollback", null, 404),
        ["GET /v1/denials"] = ("/v1/denials", null, 200),
        ["POST /v1/denials"] = ("/v1/denials", """{"kind":"user","name":"native/reader"}""", 200),
        ["DELETE /v1/denials"] = ("/v1/denials?kind=user&name=native/reader", null, 404),
        ["GET /v1/certificates"] = ("/v1/certificates", null, 200),
        ["POST /v1/certificates"] = ("/v1/certificates", """{"request":"AAAA","profile":"client","user":"anna"}""", 500),
        ["POST /v1/certificates/signatures"] = ("/v1/certificates/signatures", """{"request":"AAAA","profile":"client","user":"anna"}""", 500),
        ["POST /v1/certificates/{serial}/renewal"] = ("/v1/certificates/00ff/renewal", """{"request":"AAAA"}""", 500),
        ["POST /v1/revocations"] = ("/v1/revocations", """{"serial":"00ff","reason":"superseded"}""", 422),
        ["GET /v1/authorities"] = ("/v1/authorities", null, 500),
        ["POST /v1/authorities"] = ("/v1/authorities", """{"root":"AAAA","nodes":"AAAA","users":"AAAA","keys":{}}""", 500),
        ["GET /v1/peers"] = ("/v1/peers", null, 200),
        ["POST /v1/peers/{name}/ping"] = ("/v1/peers/node-b/ping?count=2", null, 200),
        ["POST /v1/netcheck"] = ("/v1/netcheck", null, 200),
        ["POST /v1/trusted-peers/{name}"] = ("/v1/trusted-peers/erlang", """{"peers":["node-b"]}""", 200),
        ["DELETE /v1/trusted-peers/{name}"] = ("/v1/trusted-peers/transport?peers=node-b", null, 200),
        ["GET /v1/audit"] = ("/v1/audit?limit=5&outcome=failure", null, 200),
        ["GET /v1/audit/tail"] = ("/v1/audit/tail", null, 200),
        ["POST /v1/audit/verify"] = ("/v1/audit/verify", null, 200),
        ["POST /v1/audit/reindex"] = ("/v1/audit/reindex", null, 200),
        ["GET /v1/audit/policy"] = ("/v1/audit/policy", null, 200),
        ["PUT /v1/audit/policy"] = ("/v1/audit/policy", """{"revision":0,"level":"standard","ignore":{"probe":{"users":["probe"]}}}""", 200),
        ["DELETE /v1/audit/policy"] = ("/v1/audit/policy?revision=0", null, 200),
        ["POST /v1/audit/policy/test"] = ("/v1/audit/policy/test", """{"event":"access_granted","user":"reader","system":"etcd","action":"kv.range","resources":["app/x"]}""", 200),
        ["GET /v1/explain/{receipt}"] = ("/v1/explain/GH-0000", null, 404),
        ["POST /v1/who-can"] = ("/v1/who-can", """{"operation":"etcd:kv.range:app/x"}""", 200),
        ["GET /v1/what-can/{name}"] = ("/v1/what-can/reader?gate=etcd", null, 200),
        ["GET /v1/suggest/{name}"] = ("/v1/suggest/reader?since=2026-01-31T08:00:00Z", null, 200),
        ["GET /v1/unused"] = ("/v1/unused?since=2026-01-31T08:00:00Z", null, 200),
        ["POST /v1/policy/replay"] = ("/v1/policy/replay", """{"policy":{"version":1},"since":"2026-01-31T08:00:00Z"}""", 200),
        ["POST /v1/can-i"] = ("/v1/can-i", """{"user":"reader","system":"etcd","action":"kv.range","resource":"app/x"}""", 200),
    };

    public static TheoryData<string> All
    {
        get
        {
            using var bench = new AdminBench();
            return [.. bench.Table.Endpoints.Select(static e => $"{e.Method} {e.Template}")];
        }
    }

    [Fact]
    public void Every_endpoint_has_a_sample_and_no_sample_is_left_over() =>
        All.Select(static row => row.Data).Order(StringComparer.Ordinal).ShouldBe(Samples.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Actions_are_those_of_the_documented_vocabulary()
    {
        using var bench = new AdminBench();
        bench.Table.Endpoints.Select(static e => e.Action).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ShouldBe(
        [
            "api-key.list", "api-key.write", "audit-policy.read", "audit-policy.write", "audit.read", "audit.verify", "ca.change", "ca.read", "can-i", "certificate.issue", "certificate.list", "certificate.revoke", "certificate.sign", "client-id.list", "client-id.read", "client-id.write", "connection.kill", "connection.list", "denial.change", "denial.read", "explain", "gate.expose", "gate.list", "gate.test",
            "gate.write", "mapping.list", "mapping.read", "mapping.write", "network.list", "network.write", "node.change", "node.read", "node.reload", "openapi", "peer.change", "peer.read", "pin-owner.list", "pin-owner.write", "policy.read", "policy.replay", "policy.write", "realm.list", "realm.read", "realm.test", "realm.write", "role.list", "role.read", "role.write", "rotation.change", "rotation.read", "status.read", "suggest", "token.create", "token.read", "token.revoke", "unused", "user.list",
            "user.password", "user.read", "user.reset", "user.write", "what-can", "who-can", "whoami",
        ]);
    }

    [Theory, MemberData(nameof(All))]
    public async Task An_administrator_may(string endpoint)
    {
        using var bench = new AdminBench();
        (string target, string? body, int status) = Samples[endpoint];
        bench.Audit.Live.Writer.Complete();

        Reply reply = await bench.CallAsync("admin", endpoint.Split(' ')[0], target, body);

        reply.Status.ShouldBe(status, reply.Body);
        reply.Headers.CacheControl.ToString().ShouldBe("no-store");
        bench.Trail.OpenSlots.ShouldBe(0);
        AdminEndpoint found = bench.Table.Endpoints.Single(e => $"{e.Method} {e.Template}" == endpoint);
        if (found.Answer is { } answer && status == 200)
        {
            // The answer is what the API's description of itself says, member for member: unknown and missing ones are refused.
            object? read = JsonSerializer.Deserialize(reply.Body, answer);
            JsonNode.DeepEquals(JsonSerializer.SerializeToNode(read, answer), JsonNode.Parse(reply.Body)).ShouldBeTrue(reply.Body);
        }

        if (found.Changes)
        {
            AuditEvent record = bench.Trail.Records.Last();
            record.User.ShouldBe("admin");
            record.Status.ShouldBe(status);
            record.Target.ShouldNotBeNullOrEmpty();
            record.Action.ShouldBe(AuditAction.AccessGranted);
        }
    }

    [Theory]
    [InlineData("admin", 200)]
    [InlineData("metrics", 200)]
    [InlineData("nogate", 404)]
    public async Task Address_rules_name_a_gate_or_one_of_the_nodes_own_listeners(string gate, int status)
    {
        using var bench = new AdminBench();

        Reply reply = await bench.CallAsync("admin", "POST", "/v1/networks", $$"""{"effect":"allow","address":"127.0.0.1","gate":"{{gate}}"}""");

        reply.Status.ShouldBe(status);
    }

    [Fact]
    public async Task A_denial_that_is_only_counted_has_no_receipt()
    {
        using var bench = new AdminBench();
        bench.Trail.IsFlooded = true;

        Reply reply = await bench.CallAsync("nobodyyet", "GET", "/v1/users");

        reply.Status.ShouldBe(403);
        reply.Body.ShouldNotContain("receipt", Case.Insensitive);
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_user_without_roles_may_not_and_gets_a_receipt(string endpoint)
    {
        using var bench = new AdminBench();
        long before = bench.Changes.Generation;
        (string target, string? body, _) = Samples[endpoint];

        Reply reply = await bench.CallAsync("nobodyyet", endpoint.Split(' ')[0], target, body);

        if (endpoint is "GET /v1/whoami" or "GET /v1/openapi.json")
        {
            reply.Status.ShouldBe(200);
            return;
        }

        reply.Status.ShouldBe(403, reply.Body);
        reply.ErrorId.ShouldBe(AdministrationProblems.NotAllowed.Id);
        AuditEvent record = bench.Last(AuditAction.AccessDenied);
        record.Receipt.ShouldBe(reply.Json.GetProperty("error").GetProperty("receipt").GetString());
        record.Operations!.Count.ShouldBeGreaterThan(0);
        record.Generation.ShouldBe(before);
        bench.Changes.Generation.ShouldBe(before);
        bench.Node.Calls.ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(All))]
    public async Task Nobody_gets_in_without_credentials(string endpoint)
    {
        using var bench = new AdminBench();
        (string target, string? body, _) = Samples[endpoint];

        Reply reply = await bench.CallAsync(null, endpoint.Split(' ')[0], target, body);

        reply.Status.ShouldBe(401);
        reply.Headers.WWWAuthenticate.ToString().ShouldStartWith("Basic ");
        bench.Trail.Records.ShouldHaveSingleItem().Action.ShouldBe(AuditAction.AnonymousAccessDenied);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task What_does_not_exist_is_not_shown_to_strangers()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync(null, "GET", "/v1/nothing")).Status.ShouldBe(401);
        Reply reply = await bench.CallAsync("admin", "GET", "/v1/nothing");
        reply.Status.ShouldBe(404);
        reply.ErrorId.ShouldBe(AdministrationProblems.NoSuchEndpoint.Id);
        (await bench.CallAsync("admin", "PUT", "/v1/users")).Json.GetProperty("error").GetProperty("hint").GetString().ShouldBe("it has GET, POST");
    }

    [Theory]
    [InlineData("", "has no action")]
    [InlineData("user.list", "is there twice")]
    public void An_incomplete_table_ends_the_start(string action, string why)
    {
        AdminHandler handler = static _ => new(AdminResult.Changed(0));
        ProblemException fault = Should.Throw<ProblemException>(() => AdminEndpointTable.Create(
            [new AdminEndpoint("GET", "/v1/a/{x}", "user.list", handler), new AdminEndpoint("GET", "/v1/a/{y}", action, handler)]));
        fault.Problem.Definition.ShouldBe(AdministrationProblems.EndpointTable);
        fault.Message.ShouldContain(why);
    }

    [Fact]
    public async Task Secrets_never_leave()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"anna","password":"a long way home"}""")).Status.ShouldBe(200);
        string hash = bench.Changes.Current.Users["anna"].Password!;
        foreach ((string endpoint, (string target, string? body, _)) in Samples.Where(static s => s.Key.StartsWith("GET", StringComparison.Ordinal) && !s.Key.Contains("tail")))
        {
            Reply reply = await bench.CallAsync("admin", "GET", target.Replace("reader", "anna", StringComparison.Ordinal), body);
            reply.Body.ShouldNotContain("pbkdf2", Case.Insensitive, endpoint);
            reply.Body.ShouldNotContain(hash[^20..]);
        }

        foreach (AuditEvent record in bench.Trail.Records)
        {
            JsonSerializer.Serialize(new { record.Message, record.Path, record.Reason, record.Target }).ShouldNotContain("a long way home");
        }
    }
}
