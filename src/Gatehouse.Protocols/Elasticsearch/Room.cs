namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>
/// Elasticsearch and OpenSearch: which request is which privilege on which index expressions, by path, query and body. Pure.
/// The table is <c>elasticsearch.catalogue</c>; what it and the readers of bodies do not know is refused or needs
/// <c>cluster:all</c>.
/// </summary>
internal static class Room;
