using System.Text.Json.Nodes;
using Gatehouse.Administration;

namespace Gatehouse.Engine.Administration;

/// <summary>The API's description of itself.</summary>
/// <param name="version">The product's version.</param>
internal sealed class OpenApiEndpoints(string version)
{
    private JsonObject? _document;

    /// <summary>The whole table; set once it is made.</summary>
    public IReadOnlyList<AdminEndpoint> Table { get; set; } = [];

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
        [new("GET", "/v1/openapi.json", "openapi", ShowAsync) { Answer = AdminJson.Default.JsonObject, Access = AdminAccess.Authenticated }];

    private ValueTask<AdminResult> ShowAsync(AdminCall call) =>
        new(AdminResult.Ok(_document ??= OpenApi.Create(Table, version), AdminJson.Default.JsonObject));
}
