using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Administration;
using Gatehouse.Operations;

namespace Gatehouse.Engine.Administration;

/// <summary>The API as an OpenAPI 3.1 document, made from the table that serves it: what is not in the table is not in here.</summary>
internal static class OpenApi
{
    private static readonly JsonSchemaExporterOptions SchemaOptions = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Complete };

    /// <summary>Makes the document.</summary>
    /// <param name="endpoints">The table.</param>
    /// <param name="version">The product's version.</param>
    public static JsonObject Create(IEnumerable<AdminEndpoint> endpoints, string version)
    {
        var schemas = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        Add(schemas, AdminJson.Default.ErrorResponse);
        var paths = new JsonObject();
        foreach (IGrouping<string, AdminEndpoint> path in endpoints.GroupBy(static e => e.Template).OrderBy(static g => g.Key, StringComparer.Ordinal))
        {
            var methods = new JsonObject();
            foreach (AdminEndpoint endpoint in path.OrderBy(static e => e.Method, StringComparer.Ordinal))
            {
                methods.Add(endpoint.Method.ToLowerInvariant(), Operation(endpoint, schemas));
            }

            paths.Add(path.Key, methods);
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Gatehouse admin API",
                ["version"] = version,
                ["description"] = "Over HTTPS with name and password, or over the Unix socket in the data folder, where the kernel says who calls.",
                ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["identifier"] = "Apache-2.0" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "https://127.0.0.1:7443" }),
            ["security"] = new JsonArray(new JsonObject { ["basic"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["basic"] = new JsonObject { ["type"] = "http", ["scheme"] = "basic" } },
                ["schemas"] = new JsonObject(schemas.Select(static s => KeyValuePair.Create<string, JsonNode?>(s.Key, s.Value))),
            },
        };
    }

    private static JsonObject Operation(AdminEndpoint endpoint, SortedDictionary<string, JsonNode> schemas)
    {
        var parameters = new JsonArray();
        foreach (string segment in endpoint.Segments.Where(static s => s.StartsWith('{')))
        {
            parameters.Add(Parameter(segment.Trim('{', '}'), "path", isRequired: true));
        }

        foreach (string name in endpoint.Parameters)
        {
            parameters.Add(Parameter(name, "query", isRequired: false));
        }

        var operation = new JsonObject
        {
            ["operationId"] = NameOf(endpoint),
            ["summary"] = endpoint.Access switch
            {
                AdminAccess.Authenticated => "For everybody who is logged in.",
                AdminAccess.SelfOrRole => $"Needs {AdminEndpoint.System}:{endpoint.Action}; nothing about oneself.",
                _ => $"Needs {AdminEndpoint.System}:{endpoint.Action}.",
            },
            ["x-gatehouse-action"] = endpoint.Action,
        };
        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters;
        }

        if (endpoint.Body is { } body)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content("application/json", Add(schemas, body)) };
        }

        operation["responses"] = new JsonObject
        {
            ["200"] = endpoint.Answer is { } answer
                ? new JsonObject { ["description"] = "done", ["content"] = Content("application/json", Add(schemas, answer)) }
                : new JsonObject { ["description"] = "lines of JSON as they come", ["content"] = Content("application/x-ndjson", new JsonObject { ["type"] = "object" }) },
            ["default"] = new JsonObject { ["description"] = "a problem with its id", ["content"] = Content("application/json", Reference(nameof(ErrorResponse))) },
        };
        return operation;
    }

    private static JsonObject Parameter(string name, string place, bool isRequired) => new()
    {
        ["name"] = name,
        ["in"] = place,
        ["required"] = isRequired,
        ["schema"] = new JsonObject { ["type"] = "string" },
    };

    private static JsonObject Content(string type, JsonNode schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Reference(string name) => new() { ["$ref"] = "#/components/schemas/" + name };

    // GET /v1/users/{name} is getUsersByName.
    private static string NameOf(AdminEndpoint endpoint) =>
        endpoint.Method.ToLowerInvariant() + string.Concat(endpoint.Segments.Skip(1).Select(static segment =>
            segment.StartsWith('{') ? "By" + Upper(segment.Trim('{', '}')) : string.Concat(segment.Split('-', '.').Select(Upper))));

    private static string Upper(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private static JsonObject Add(SortedDictionary<string, JsonNode> schemas, JsonTypeInfo type)
    {
        string name = type.Type.Name;
        if (!schemas.ContainsKey(name))
        {
            JsonNode schema = type.GetJsonSchemaAsNode(SchemaOptions);
            Rebase(schema, "#/components/schemas/" + name);
            schemas.Add(name, schema);
        }

        return Reference(name);
    }

    /// <summary>The exporter's references are from the root of the schema, which now lies deeper.</summary>
    private static void Rebase(JsonNode? node, string root)
    {
        if (node is JsonArray array)
        {
            foreach (JsonNode? item in array)
            {
                Rebase(item, root);
            }
        }
        else if (node is JsonObject value)
        {
            foreach ((string key, JsonNode? item) in value.ToArray())
            {
                if (key == "$ref" && item?.GetValueKind() == JsonValueKind.String)
                {
                    value[key] = root + item.GetValue<string>()[1..];
                }
                else
                {
                    Rebase(item, root);
                }
            }
        }
    }

    /// <summary>What has a converter of its own is anything to the exporter; here it says what it is.</summary>
    private static JsonNode Complete(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonValue)
        {
            return schema;
        }

        Type type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        return type == typeof(DateTimeOffset) ? new JsonObject { ["type"] = "string", ["format"] = "date-time" }
            : type.IsEnum ? new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Words(type, context.TypeInfo)]) }
            : typeof(IEnumerable<string>).IsAssignableFrom(type) ? Texts()
            : schema;
    }

    private static IEnumerable<JsonNode?> Words(Type type, JsonTypeInfo info) =>
        Enum.GetValuesAsUnderlyingType(type).Cast<object>()
            .Select(value => JsonSerializer.SerializeToNode(Enum.ToObject(type, value), info));

    private static JsonObject Texts() => new()
    {
        ["oneOf"] = new JsonArray(
            new JsonObject { ["type"] = "string" },
            new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } }),
    };
}
