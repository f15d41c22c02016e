using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Configuration;

/// <summary>Messages of the configuration room: 1000 to 1099.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "configuration {Path} is in force, {Gates} gates")]
    public static partial void ConfigurationLoaded(ILogger logger, string path, int gates);

    [LoggerMessage(1001, LogLevel.Error, "the configuration in force stays: {Problem}")]
    public static partial void ConfigurationRefused(ILogger logger, string problem);

    [LoggerMessage(1002, LogLevel.Error, "watching {Path} failed, it goes on")]
    public static partial void ConfigurationWatchFailed(ILogger logger, string path, Exception exception);
}
