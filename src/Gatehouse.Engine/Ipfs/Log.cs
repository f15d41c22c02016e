using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ipfs;

/// <summary>What this room writes into the log.</summary>
internal static partial class Log
{
    [LoggerMessage(5560, LogLevel.Error, "pins of cluster {Cluster} could not be looked after; it is tried again in a minute")]
    public static partial void UpkeepFailed(ILogger logger, Exception fault, string cluster);

    [LoggerMessage(5561, LogLevel.Information, "{Count} pins are no longer in cluster {Cluster}: nobody owns them any more")]
    public static partial void PinsAreGone(ILogger logger, int count, string cluster);
}
