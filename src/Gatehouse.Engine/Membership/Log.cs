using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Membership;

/// <summary>Log messages of this room: ids 250 to 299.</summary>
internal static partial class Log
{
    [LoggerMessage(250, LogLevel.Error, "{Problem}")]
    internal static partial void Alarm(ILogger logger, string problem);

    [LoggerMessage(251, LogLevel.Information, "{Kind} certificate renewed, ends {Expires:u}")]
    internal static partial void Renewed(ILogger logger, string kind, DateTimeOffset expires);

    [LoggerMessage(252, LogLevel.Error, "a certificate of this node was not renewed")]
    internal static partial void NotRenewed(ILogger logger, Exception fault);
}
