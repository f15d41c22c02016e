using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>Log messages about handles, ids 5300 to 5319.</summary>
internal static partial class Log
{
    [LoggerMessage(5300, LogLevel.Warning, "a handle ({Kind}) could not be written to the store: other nodes will not know it")]
    public static partial void NotKept(ILogger logger, HandleKind kind, Exception fault);

    [LoggerMessage(5301, LogLevel.Warning, "a handle ({Kind}) could not be read from the store: it counts as unknown")]
    public static partial void NotRead(ILogger logger, HandleKind kind, Exception fault);
}
