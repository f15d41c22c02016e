using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>Log messages about owned pins, ids 5540 to 5549.</summary>
internal static partial class Log
{
    [LoggerMessage(5540, LogLevel.Error, "GH5542: the owners of pins could not be read from the store: whatever asks for an owner is refused until they can")]
    public static partial void NotLoaded(ILogger logger, Exception fault);

    [LoggerMessage(5541, LogLevel.Information, "{Count} owned pins read from the store in {Milliseconds} ms, {Pending} of them without the upstream's answer")]
    public static partial void Loaded(ILogger logger, int count, long milliseconds, int pending);

    [LoggerMessage(5542, LogLevel.Error, "GH5543: {Count} owned pins could not be written to the store: pinning and unpinning is refused")]
    public static partial void NotWritten(ILogger logger, int count, Exception fault);

    [LoggerMessage(5543, LogLevel.Information, "owned pins are written to the store again")]
    public static partial void WrittenAgain(ILogger logger);

    [LoggerMessage(5544, LogLevel.Error, "GH5546: {Count} records of pins' owners cannot be read: their CIDs count as somebody else's")]
    public static partial void Damaged(ILogger logger, int count);

    [LoggerMessage(5545, LogLevel.Warning, "{Count} changes of pins' owners were not written down before the end")]
    public static partial void NotFinished(ILogger logger, int count);

    [LoggerMessage(5546, LogLevel.Warning, "GH5545: the node keeps as many owned pins as it may ({Count}): new ones are refused")]
    public static partial void Full(ILogger logger, int count);
}
