using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Rotation;

/// <summary>Log messages of this room, ids 5740 to 5749.</summary>
internal static partial class Log
{
    [LoggerMessage(5740, LogLevel.Information, "rotation {Rotation} ({Kind}): step {Step} is done on this node")]
    internal static partial void Acknowledged(ILogger logger, string rotation, string kind, string step);

    [LoggerMessage(5741, LogLevel.Warning, "rotation {Rotation} ({Kind}): step {Step} cannot be done or acknowledged on this node yet: {Reason}")]
    internal static partial void NotAcknowledged(ILogger logger, string rotation, string kind, string step, string reason);

    [LoggerMessage(5742, LogLevel.Information, "rotation {Rotation} ({Kind}): every node has done {Step}")]
    internal static partial void Continued(ILogger logger, string rotation, string kind, string step);
}
