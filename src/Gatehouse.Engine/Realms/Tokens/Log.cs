using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Realms.Tokens;

/// <summary>Log messages of token realms, ids 5200 to 5219.</summary>
internal static partial class Log
{
    [LoggerMessage(5200, LogLevel.Warning, "realm {Realm}: the issuer's keys could not be fetched: {Fault}; the last ones are {Age} old")]
    public static partial void FetchFailed(ILogger logger, string realm, string fault, TimeSpan age);

    [LoggerMessage(5201, LogLevel.Information, "realm {Realm}: the issuer's keys changed: {Count} usable, {Skipped} left out")]
    public static partial void KeysChanged(ILogger logger, string realm, int count, int skipped);
}
