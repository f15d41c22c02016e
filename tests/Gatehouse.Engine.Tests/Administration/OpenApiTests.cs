using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Engine.Administration;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>The API's description of itself.</summary>
public sealed class OpenApiTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public void Every_endpoint_is_described_and_every_reference_leads_somewhere()
    {
        using var bench = new AdminBench();
        JsonObject document = OpenApi.Create(bench.Table.Endpoints, "test");

        foreach (AdminEndpoint endpoint in bench.Table.Endpoints)
        {
            JsonNode? operation = document["paths"]?[endpoint.Template]?[endpoint.Method.ToLowerInvariant()];
            operation.ShouldNotBeNull(endpoint.Template);
            operation["x-gatehouse-action"]!.GetValue<string>().ShouldBe(endpoint.Action);
            (operation["requestBody"] is null).ShouldBe(endpoint.Body is null);
        }

        string[] names = [.. document["paths"]!.AsObject().SelectMany(static p => p.Value!.AsObject().Select(static m => m.Value!["operationId"]!.GetValue<string>()))];
        names.ShouldBeUnique();
        foreach (string reference in References(document))
        {
            Follow(document, reference).ShouldNotBeNull(reference);
        }
    }

    [Fact]
    public void Nothing_is_left_as_anything()
    {
        using var bench = new AdminBench();
        JsonObject schemas = OpenApi.Create(bench.Table.Endpoints, "test")["components"]!["schemas"]!.AsObject();

        schemas.SelectMany(static s => Anythings(s.Value, s.Key)).ShouldBeEmpty();
    }

    [Fact]
    public void The_document_in_the_repository_is_what_the_daemon_answers()
    {
        using var bench = new AdminBench();
        string made = OpenApi.Create(bench.Table.Endpoints, "1").ToJsonString(Indented) + "\n";
        string file = Path.Combine(Path.GetDirectoryName(Here())!, "../../../docs/openapi.json");
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, made);
        }

        File.ReadAllText(file).ShouldBe(made, "GATEHOUSE_UPDATE_GOLDEN=1 writes it anew");
    }

    private static string Here([CallerFilePath] string path = "") => path;

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject value => value.SelectMany(static p => p.Key == "$ref" ? [p.Value!.GetValue<string>()] : References(p.Value)),
        JsonArray array => array.SelectMany(References),
        _ => [],
    };

    private static IEnumerable<string> Anythings(JsonNode? node, string place) => node switch
    {
        JsonObject value => value.SelectMany(p => p.Value is JsonValue v && v.GetValueKind() == JsonValueKind.True && p.Key != "required"
            ? [$"{place}/{p.Key}"]
            : Anythings(p.Value, $"{place}/{p.Key}")),
        JsonArray array => array.SelectMany(item => Anythings(item, place)),
        _ => [],
    };

    private static JsonNode? Follow(JsonNode root, string reference) =>
        reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate<string, JsonNode?>(
            root, static (node, step) => node is JsonArray array ? array[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)] : node?[step]);
}
