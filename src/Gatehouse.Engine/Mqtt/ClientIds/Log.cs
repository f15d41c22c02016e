using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>Log messages about owned client ids, ids 5350 to 5359.</summary>
internal static partial class Log
{
    [LoggerMessage(5350, LogLevel.Error, "GH5350: owned client ids could not be read from the store: every MQTT client is refused until they can")]
    public static partial void NotLoaded(ILogger logger, Exception fault);

    [LoggerMessage(5351, LogLevel.Information, "{Count} owned client ids read from the store in {Milliseconds} ms")]
    public static partial void Loaded(ILogger logger, int count, long milliseconds);

    [LoggerMessage(5352, LogLevel.Error, "GH5351: {Count} owned client ids could not be written to the store: sessions that outlive their connection are refused")]
    public static partial void NotWritten(ILogger logger, int count, Exception fault);

    [LoggerMessage(5353, LogLevel.Information, "owned client ids are written to the store again")]
    public static partial void WrittenAgain(ILogger logger);

    [LoggerMessage(5354, LogLevel.Warning, "GH5352: {Owner} keeps as many client ids as one principal may ({Most})")]
    public static partial void OwnerFull(ILogger logger, string owner, int most);

    [LoggerMessage(5355, LogLevel.Error, "GH5353: the node holds as many client ids as it may ({Most}): clients with new ones are refused")]
    public static partial void Full(ILogger logger, int most);

    [LoggerMessage(5356, LogLevel.Error, "GH5354: the ownership of a client id ({Key}) cannot be read: nobody may use the id until it is freed")]
    public static partial void Damaged(ILogger logger, string key);

    [LoggerMessage(5357, LogLevel.Warning, "{Count} client ids were not written down before the end: their owners keep them longer")]
    public static partial void NotFinished(ILogger logger, int count);
}
