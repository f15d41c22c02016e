using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Elasticsearch.Answers;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Security;

/// <summary>The shape that Elasticsearch's clients make exceptions of.</summary>
public sealed class ElasticErrorTests
{
    [Fact]
    public void An_error_has_the_shape_that_clients_expect()
    {
        string text = Encoding.UTF8.GetString(ElasticError.ToBytes(403, ElasticError.Security, "not \"allowed\"").Span);
        text.ShouldBe(
            """{"error":{"root_cause":[{"type":"security_exception","reason":"not \u0022allowed\u0022"}],"type":"security_exception","reason":"not \u0022allowed\u0022"},"status":403}""");
    }

    [Fact]
    public void Further_members_stand_in_the_error_and_in_its_cause()
    {
        JsonElement error = JsonDocument.Parse(ElasticError.ToBytes(404, ElasticError.NotFound, "gone", new KeyValuePair<string, string>("index", "logs"))).RootElement.GetProperty("error");
        error.GetProperty("index").GetString().ShouldBe("logs");
        error.GetProperty("root_cause")[0].GetProperty("index").GetString().ShouldBe("logs");
    }
}
