using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Connections;

/// <summary>Log messages of this room, ids 4200 to 4299.</summary>
internal static partial class Log
{
    [LoggerMessage(4200, LogLevel.Information, "connection {Id} of gate {Gate} cut: {Reason}")]
    public static partial void ConnectionCut(ILogger logger, long id, string gate, string reason);

    [LoggerMessage(4201, LogLevel.Error, "re-deciding live work failed; it is cut")]
    public static partial void DecisionFailed(ILogger logger, Exception fault);

    [LoggerMessage(4202, LogLevel.Error, "cutting work on connection {Id} failed; the connection is cut")]
    public static partial void CutFailed(ILogger logger, long id, Exception fault);

    [LoggerMessage(4203, LogLevel.Error, "a sweep over live connections failed")]
    public static partial void SweepFailed(ILogger logger, Exception fault);
}
