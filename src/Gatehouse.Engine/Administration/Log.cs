using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Administration;

/// <summary>Messages of the admin room: 9000 to 9099.</summary>
internal static partial class Log
{
    [LoggerMessage(9001, LogLevel.Error, "the admin API failed to answer {Method} (request {RequestId})")]
    public static partial void CallFailed(ILogger logger, Exception fault, string method, ulong requestId);

    [LoggerMessage(9003, LogLevel.Warning, "GH5031 break-glass account `{User}` logged in at the admin API")]
    public static partial void BreakGlass(ILogger logger, string user);

    [LoggerMessage(9002, LogLevel.Information, "admin API on {Address} and {Socket}")]
    public static partial void Listening(ILogger logger, string address, string socket);
}
