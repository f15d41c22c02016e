using System.Text;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>Names that items write to.</summary>
internal static class BulkNames
{
    private static readonly OperationList None = new();

    /// <summary>A string of an action line.</summary>
    public static string Text(ReadOnlySpan<byte> written, bool isEscaped)
    {
        if (!isEscaped)
        {
            return Encoding.UTF8.GetString(written);
        }

        byte[] plain = new byte[written.Length];
        return Encoding.UTF8.GetString(plain.AsSpan(0, JsonText.Unescape(written, plain)));
    }

    /// <summary>The operation that an action on a name is, as <c>classify</c> says it; null where no index can have that name.</summary>
    public static RequestOperation? Operation(string action, string name)
    {
        var found = new OperationList();
        return IndexExpressions.IsOneName(name) && IndexExpressions.TryRead(name, action, found) ? found.With(None)[0] : null;
    }
}
