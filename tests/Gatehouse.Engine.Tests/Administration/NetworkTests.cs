using System.Text.Json;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>Address rules over the API.</summary>
public sealed class NetworkTests
{
    [Fact]
    public async Task A_name_is_kept_in_one_form_and_found_in_any()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "POST", "/v1/networks", """{"effect":"deny","address":"*.Example.COM."}""")).Status.ShouldBe(200);
        Reply again = await bench.CallAsync("admin", "POST", "/v1/networks", """{"effect":"deny","address":"*.example.com"}""");
        again.ErrorId.ShouldBe("GH9010");
        Reply list = await bench.CallAsync("admin", "GET", "/v1/networks");
        JsonElement rule = list.Json.GetProperty("networks").EnumerateArray().Single(static r => r.GetProperty("kind").GetString() == "subdomains");
        rule.GetProperty("address").GetString().ShouldBe("*.example.com");
        (await bench.CallAsync("admin", "DELETE", "/v1/networks?address=*.EXAMPLE.com")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task More_host_names_than_are_resolved_are_refused()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "DELETE", "/v1/networks?address=10.6.6.6")).Status.ShouldBe(200);
        string rules = string.Join(',', Enumerable.Range(0, 1001).Select(static i => $$"""{"effect":"allow","address":"h{{i}}.example"}"""));
        Reply reply = await bench.CallAsync("admin", "PUT", "/v1/networks", $$"""{"networks":[{{rules}}]}""");
        reply.ErrorId.ShouldBe("GH4003", reply.Body);
    }

    [Fact]
    public async Task All_rules_of_a_gate_are_set_in_one_step()
    {
        using var bench = new AdminBench();
        const string One = """{"gate":"etcd","networks":[{"effect":"allow","address":"10.0.0.0/8","gate":"etcd"}]}""";
        const string Other = """{"gate":"etcd","networks":[{"effect":"deny","address":"_all","gate":"etcd"}],"replace":true}""";

        Reply mixed = await bench.CallAsync("admin", "PUT", "/v1/networks", One);
        (await bench.CallAsync("admin", "DELETE", "/v1/networks?address=10.6.6.6")).Status.ShouldBe(200);
        Reply set = await bench.CallAsync("admin", "PUT", "/v1/networks", One);
        Reply same = await bench.CallAsync("admin", "PUT", "/v1/networks", One);
        Reply taken = await bench.CallAsync("admin", "PUT", "/v1/networks", Other.Replace(",\"replace\":true", "", StringComparison.Ordinal));
        Reply replaced = await bench.CallAsync("admin", "PUT", "/v1/networks", Other);
        Reply global = await bench.CallAsync("admin", "PUT", "/v1/networks", """{"networks":[],"replace":true}""");

        mixed.ErrorId.ShouldBe("GH4006", mixed.Body);
        set.Status.ShouldBe(200, set.Body);
        same.Status.ShouldBe(200, same.Body);
        taken.ErrorId.ShouldBe("GH4006", taken.Body);
        replaced.Status.ShouldBe(200, replaced.Body);
        global.ErrorId.ShouldBe("GH4006", "rules of a gate hold together with those of every listener");
        bench.Changes.Current.Networks.ShouldHaveSingleItem().Address.ShouldBe("_all");
    }

    [Theory]
    [InlineData("""{"gate":"nogate","networks":[]}""", "GH9009")]
    [InlineData("""{"gate":"etcd","networks":[{"effect":"allow","address":"10.0.0.1"}]}""", "GH9007")]
    [InlineData("""{"networks":[{"effect":"allow","address":"10.1"}],"replace":true}""", "GH4001")]
    public async Task Rules_that_are_not_understood_change_nothing(string body, string problem)
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "PUT", "/v1/networks", body);
        reply.ErrorId.ShouldBe(problem, reply.Body);
        bench.Changes.Generation.ShouldBe(1);
    }
}
