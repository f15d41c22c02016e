namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// Steps 5 to 7 of a gate in front of Elasticsearch or OpenSearch: routes and bodies to privileges on indices, lists narrowed to
/// what the caller may see, bulks item by item, handles sealed, responses looked into, errors in Elasticsearch's own shape.
/// </summary>
internal static class Room;
