using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mqtt;

internal static partial class Log
{
    [LoggerMessage(7301, LogLevel.Error, "GH7022 connection of gate `{Gate}` failed inside the gate")]
    public static partial void ConnectionFailed(ILogger logger, Exception fault, string gate);
}
