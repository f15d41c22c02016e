using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ignite;

internal static partial class Log
{
    [LoggerMessage(7401, LogLevel.Error, "GH7022 connection of gate `{Gate}` failed inside the gate")]
    public static partial void ConnectionFailed(ILogger logger, Exception fault, string gate);

    [LoggerMessage(7402, LogLevel.Warning, "GH5408 gate `{Gate}` cannot read the names of tables: {Why}")]
    public static partial void TablesFailed(ILogger logger, string gate, string why);
}
