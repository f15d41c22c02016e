using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Auditing;

/// <summary>Log messages of this room: 8000 to 8099.</summary>
internal static partial class Log
{
    [LoggerMessage(8001, LogLevel.Critical, "{Problem}: nothing is forwarded until the audit trail can be written again")]
    public static partial void WriteFailed(this ILogger logger, string problem, Exception exception);

    [LoggerMessage(8002, LogLevel.Warning, "the audit trail is written again; nothing that was waiting is lost")]
    public static partial void Recovered(this ILogger logger);

    [LoggerMessage(8003, LogLevel.Critical, "{Problem}")]
    public static partial void Finding(this ILogger logger, string problem);

    [LoggerMessage(8004, LogLevel.Warning, "{Problem}")]
    public static partial void Notice(this ILogger logger, string problem);

    [LoggerMessage(8005, LogLevel.Error, "{Problem}")]
    public static partial void AnchorFailed(this ILogger logger, string problem, Exception exception);

    [LoggerMessage(8006, LogLevel.Information, "audit trail goes on in {Segment} behind record {Sequence}")]
    public static partial void Opened(this ILogger logger, string segment, long sequence);

    [LoggerMessage(8007, LogLevel.Information, "audit segments up to {Segment} were deleted: older than the retention")]
    public static partial void Pruned(this ILogger logger, string segment);

    [LoggerMessage(8008, LogLevel.Critical, "{Problem}: {Records} records could not be written at the end")]
    public static partial void LostAtClose(this ILogger logger, string problem, long records);

    [LoggerMessage(8009, LogLevel.Error, "{Problem}")]
    public static partial void OutputFailed(this ILogger logger, string problem);

    [LoggerMessage(8010, LogLevel.Information, "audit output {Output} delivers again")]
    public static partial void OutputRecovered(this ILogger logger, string output);

    [LoggerMessage(8011, LogLevel.Critical, "{Problem}")]
    public static partial void OutputBehind(this ILogger logger, string problem);

    [LoggerMessage(8012, LogLevel.Warning, "the cursor of audit output {Output} could not be kept; some records will be sent again")]
    public static partial void CursorLost(this ILogger logger, string output, Exception exception);
}
