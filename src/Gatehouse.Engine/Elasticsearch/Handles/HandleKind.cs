namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>What a handle stands for at the upstream. The numbers are part of sealed texts: they stay.</summary>
internal enum HandleKind : byte
{
    /// <summary>A scroll; sealed.</summary>
    Scroll = 1,

    /// <summary>A point in time; sealed.</summary>
    PointInTime = 2,

    /// <summary>A cursor of SQL or PPL; sealed.</summary>
    Cursor = 3,

    /// <summary>A task, <c>node:number</c>; kept in the book.</summary>
    Task = 4,

    /// <summary>An asynchronous search of Elasticsearch; kept in the book.</summary>
    AsyncSearch = 5,

    /// <summary>An EQL search that goes on; kept in the book.</summary>
    AsyncEql = 6,

    /// <summary>An ES|QL query that goes on; kept in the book.</summary>
    AsyncEsql = 7,

    /// <summary>An SQL query that goes on; kept in the book.</summary>
    AsyncSql = 8,

    /// <summary>An asynchronous search of OpenSearch; kept in the book.</summary>
    OpenSearchAsync = 9,
}
