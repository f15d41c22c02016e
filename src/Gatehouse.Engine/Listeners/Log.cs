using System.Net;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners;

/// <summary>Log messages of this room, ids 4000 to 4099.</summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Debug, "TLS handshake with {Source} on gate {Gate} failed: {Reason}")]
    public static partial void HandshakeFailed(ILogger logger, EndPoint source, string gate, string reason);

    [LoggerMessage(4001, LogLevel.Warning, "a connection to the admin socket by the daemon itself was refused")]
    public static partial void OwnProcessRefused(ILogger logger);

    [LoggerMessage(4002, LogLevel.Error, "GH4013 {EndPoint} takes no connections for now: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(4003, LogLevel.Information, "{EndPoint} takes connections again")]
    public static partial void AcceptsAgain(ILogger logger, EndPoint endPoint);

    [LoggerMessage(4004, LogLevel.Error, "telling work that its client is gone failed")]
    public static partial void ClientGoneFailed(ILogger logger, Exception fault);
}
