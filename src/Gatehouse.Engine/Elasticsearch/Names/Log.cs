using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Elasticsearch.Names;

internal static partial class Log
{
    [LoggerMessage(7070, LogLevel.Warning, "{Problem} gate `{Gate}` cannot get the names of indices from its upstream: {Why}")]
    public static partial void NamesMissing(ILogger logger, string problem, string gate, string why);

    [LoggerMessage(7071, LogLevel.Information, "gate `{Gate}` gets the names of indices from its upstream again, {Count} of them")]
    public static partial void NamesBack(ILogger logger, string gate, int count);
}
