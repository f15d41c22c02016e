using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>Messages of the store in etcd: 2600 to 2619.</summary>
internal static partial class Log
{
    [LoggerMessage(2600, LogLevel.Warning, "The store does not answer: {Why}")]
    public static partial void EtcdAway(ILogger logger, string why);

    [LoggerMessage(2601, LogLevel.Information, "The store answers again")]
    public static partial void EtcdBack(ILogger logger);

    [LoggerMessage(2602, LogLevel.Debug, "A watch of the store ended and begins anew: {Why}")]
    public static partial void EtcdWatchEnded(ILogger logger, string why);

    [LoggerMessage(2603, LogLevel.Error, "A listener to changes of the store failed")]
    public static partial void EtcdListenerFailed(ILogger logger, Exception fault);

    [LoggerMessage(2604, LogLevel.Warning, "The store could not be tidied up: {Why}")]
    public static partial void EtcdSweepFailed(ILogger logger, string why);

    [LoggerMessage(2605, LogLevel.Error, "The store was put back: generation {Number} is older than what it held")]
    public static partial void EtcdPutBack(ILogger logger, long number);
}
