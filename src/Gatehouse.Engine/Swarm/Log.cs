using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Swarm;

internal static partial class Log
{
    [LoggerMessage(7501, LogLevel.Error, "GH7022 connection of gate `{Gate}` failed inside the gate")]
    public static partial void ConnectionFailed(ILogger logger, Exception fault, string gate);
}
