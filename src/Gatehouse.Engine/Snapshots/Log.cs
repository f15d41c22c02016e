using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Snapshots;

/// <summary>Log messages of this room: ids 200 to 249.</summary>
internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Warning, "the store does not answer: {Problem}")]
    internal static partial void StoreAway(ILogger logger, string problem);

    [LoggerMessage(201, LogLevel.Information, "the store answers again, it was away since {Since:u}")]
    internal static partial void StoreBack(ILogger logger, DateTimeOffset since);

    [LoggerMessage(202, LogLevel.Error, "{Problem}")]
    internal static partial void StateAlarm(ILogger logger, string problem);

    [LoggerMessage(203, LogLevel.Information, "the store's state is taken again")]
    internal static partial void StateTaken(ILogger logger);

    [LoggerMessage(204, LogLevel.Error, "the store could not be followed")]
    internal static partial void FollowingFailed(ILogger logger, Exception fault);
}
