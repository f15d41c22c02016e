using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Telemetry;

/// <summary>Log messages of this room, ids 4500 to 4599.</summary>
internal static partial class Log
{
    [LoggerMessage(4500, LogLevel.Error, "a page of the metrics could not be made")]
    internal static partial void PageFailed(ILogger logger, Exception fault);
}
