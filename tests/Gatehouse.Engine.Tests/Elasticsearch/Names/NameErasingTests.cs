using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Elasticsearch.Names;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Names;

public sealed class NameErasingTests
{
    private static readonly KnownNames Known = new(
    [
        new KnownName("payroll", NameKind.Index, ["money"]), new KnownName("money", NameKind.Alias, ["payroll"]),
        new KnownName("logs-a", NameKind.Index, []), new KnownName("match", NameKind.Index, []),
    ]);

    [Theory]
    [InlineData("no such index [payroll]", "no such index [hidden]")]
    [InlineData("no such index [logs-a]", "no such index [logs-a]")]
    [InlineData("no such index [asked-for]", "no such index [asked-for]")]
    [InlineData("no such index [not-there]", "no such index [hidden]")]
    [InlineData("index [payroll/Qx1-_u] blocked by: [FORBIDDEN/8/index write (api)]", "index [hidden] blocked by: [FORBIDDEN/8/index write (api)]")]
    [InlineData("[payroll][0] shard failed", "[hidden][0] shard failed")]
    [InlineData("shard [payroll][12] failed", "shard [hidden][12] failed")]
    [InlineData("alias [asked-for] has more than one index associated with it [logs-a, payroll], can't", "alias [asked-for] has more than one index associated with it [logs-a, hidden], can't")]
    [InlineData("[1:20] [term] query malformed, no start_object after query name", "[1:20] [term] query malformed, no start_object after query name")]
    [InlineData("open [payroll", "open [payroll")]
    [InlineData("nothing here", "nothing here")]
    public void Texts_name_only_what_may_be_named(string text, string clean) =>
        ErrorEraser.Clean(text, Scope("logs-*"), Known).ShouldBe(clean);

    [Fact]
    public void An_error_keeps_its_shape()
    {
        string clean = Erase("""
            {"error":{"root_cause":[{"type":"index_closed_exception","reason":"closed","index_uuid":"u1","index":"payroll"}],
             "type":"index_closed_exception","reason":"closed","resource.type":"index_or_alias","resource.id":"money","index":"payroll","index_uuid":"u1",
             "caused_by":{"type":"x","reason":"index [payroll] is closed"},"failed_shards":[{"shard":0,"index":"payroll","reason":{"reason":"r"}}]},"status":400}
            """, "logs-*");

        clean.ShouldNotContain("payroll");
        clean.ShouldNotContain("money");
        clean.ShouldNotContain("u1");
        using var json = JsonDocument.Parse(clean);
        json.RootElement.GetProperty("status").GetInt32().ShouldBe(400);
        json.RootElement.GetProperty("error").GetProperty("root_cause")[0].GetProperty("index").GetString().ShouldBe("hidden");
    }

    [Fact]
    public void What_he_asked_for_and_what_is_no_index_stays()
    {
        string clean = Erase("""{"error":{"type":"x","reason":"r","resource.type":"repository","resource.id":"backup","index":"asked-for"},"status":404}""", "logs-*");

        clean.ShouldContain("backup");
        clean.ShouldContain("asked-for");
    }

    [Theory]
    [InlineData("**", true, true)]
    [InlineData("**", false, false)]
    [InlineData("*", false, false)]
    [InlineData("logs-*", false, false)]
    public void Nothing_is_hidden_from_who_may_see_everything_restricted_names_too(string pattern, bool restricted, bool all) =>
        Scope(pattern, restricted).SeesAll.ShouldBe(all);

    [Fact]
    public void A_row_stays_with_a_name_that_may_be_seen_and_none_that_may_not()
    {
        ArrayBufferWriter<byte> output = new();

        new AliasTable(Known, hasHeading: true).CopyText("alias index\nlogs-a -\nmoney payroll\nlogs-a payroll\nx y\n\n"u8, Scope("logs-*"), output);

        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe("alias index\nlogs-a -\n");
    }

    private static string Erase(string json, string pattern)
    {
        ArrayBufferWriter<byte> output = new();
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        using (Utf8JsonWriter writer = new(output, new JsonWriterOptions { SkipValidation = true }))
        {
            Utf8JsonReader reader = new(bytes);
            reader.Read();
            ErrorEraser.Copy(bytes, ref reader, writer, Scope(pattern), Known);
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static NameScope Scope(string pattern, bool restricted = false)
    {
        List<Problem> problems = [];
        Grant grant = new() { System = "elasticsearch", Actions = ["index:read", "index:view_index_metadata"], Resources = [pattern], AllowRestricted = restricted };
        CompiledPolicy policy = CompiledPolicy.Compile(1, [new RoleDocument { Name = "r", Grants = [grant] }], problems)
            ?? throw new InvalidOperationException(string.Join("; ", problems));
        AuthorizationContext context = new(
            new Principal("carl", RealmNames.Native), ImmutableArray.Create("r"), IPAddress.Loopback, "g", false, DateTimeOffset.UnixEpoch, 1);
        return new NameScope(policy, context, ["asked-for"]);
    }
}
