using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Realms.Certificates;

/// <summary>Log messages of certificate realms, ids 5220 to 5239.</summary>
internal static partial class Log
{
    [LoggerMessage(5220, LogLevel.Information, "realm {Realm}: revocation list {File} read, {Count} certificates on it, good until {NextUpdate}")]
    public static partial void ListRead(ILogger logger, string realm, string file, int count, DateTimeOffset nextUpdate);

    [LoggerMessage(5221, LogLevel.Warning, "realm {Realm}: revocation list {File} cannot be read: {Fault}")]
    public static partial void ListUnreadable(ILogger logger, string realm, string file, string fault);

    [LoggerMessage(5222, LogLevel.Warning, "realm {Realm}: revocation list {File} is refused: {Reason}; the one before counts until it is stale")]
    public static partial void ListRefused(ILogger logger, string realm, string file, string reason);
}
