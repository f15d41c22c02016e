using System.Runtime.CompilerServices;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Ignite.Rest;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ignite.Rest;

/// <summary>Every line of the catalogue, asked once: docs/architecture/ignite-rest-operations.txt is what comes of it.</summary>
public sealed class Requests_of_ignite_rest_golden
{
    [Fact]
    public void Every_line_is_what_the_file_says()
    {
        List<string> lines =
        [
            "# METHOD PATH [BODY] -> ACTION RESOURCES; ... * at a name's end is all that begin so. Written by a test of Gatehouse.Protocols.",
            .. IgniteRestCatalogue.Routes.Endpoints.SelectMany(static e => e.Methods.Select(method => Line(e, method))),
        ];
        string file = Path.Combine(Path.GetDirectoryName(Here())!, "../../../../docs/architecture/ignite-rest-operations.txt");
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllLines(file, lines);
        }

        string.Join("\n", File.ReadAllLines(file)).ShouldBe(string.Join("\n", lines), "GATEHOUSE_UPDATE_GOLDEN=1 writes it anew");
    }

    private static string Line(CatalogueEndpoint endpoint, string method)
    {
        string path = endpoint.Template.Replace("/management/v1", "", StringComparison.Ordinal).Replace("{zone}", "ORDERS", StringComparison.Ordinal)
            .Replace("{path}", "ignite.sql", StringComparison.Ordinal).Replace("{id}", "unit", StringComparison.Ordinal)
            .Replace("{version}", "1.0.0", StringComparison.Ordinal).Replace("{job}", "6f9619ff-8b86-d011-b42d-00c04fc964ff", StringComparison.Ordinal)
            .Replace("{query}", "q1", StringComparison.Ordinal).Replace("{transaction}", "t1", StringComparison.Ordinal);
        string body = IgniteRestCatalogue.BodyOf(endpoint) switch
        {
            IgniteRestBody.Configuration => " ignite { sql.a = 1, security.enabled = true }",
            IgniteRestBody.Initialization => """ {"clusterName":"c","clusterConfiguration":"ignite.security.enabled=true"}""",
            IgniteRestBody.Name => " jvm",
            IgniteRestBody.Json => " {}",
            _ => "",
        };
        return $"{method} {endpoint.Template} [{IgniteRestCatalogue.BodyOf(endpoint)}] -> {Asked.Shown($"{method} {path}{body}")}";
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
