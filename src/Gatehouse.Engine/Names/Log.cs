using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Names;

/// <summary>Log messages of this room, ids 4300 to 4399.</summary>
internal static partial class Log
{
    [LoggerMessage(4300, LogLevel.Information, "host name {Host} of an address rule has other addresses now: {Count}")]
    public static partial void HostChanged(ILogger logger, string host, int count);

    [LoggerMessage(4301, LogLevel.Warning, "host name {Host} of an address rule could not be resolved; what is known of it stays")]
    public static partial void HostFailed(ILogger logger, string host);

    [LoggerMessage(4302, LogLevel.Error, "a question about a name failed")]
    public static partial void QuestionFailed(ILogger logger, Exception fault);
}
