using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Gates;

internal static partial class Log
{
    [LoggerMessage(7001, LogLevel.Error, "GH7022 request {RequestId} of gate `{Gate}` failed inside the gate")]
    public static partial void RequestFailed(ILogger logger, Exception fault, string gate, ulong requestId);

    [LoggerMessage(7003, LogLevel.Warning, "GH5031 break-glass account `{User}` logged in at `{Gate}` from {Source}")]
    public static partial void BreakGlass(ILogger logger, string user, string gate, System.Net.IPAddress source);

    [LoggerMessage(7004, LogLevel.Warning, "GH5042 a process of user `{User}` was refused at `{Gate}`: not in allow_users")]
    public static partial void LocalUserRefused(ILogger logger, string user, string gate);

    [LoggerMessage(7002, LogLevel.Error, "GH7022 connection of gate `{Gate}` failed inside the gate")]
    public static partial void ConnectionFailed(ILogger logger, Exception fault, string gate);
}
