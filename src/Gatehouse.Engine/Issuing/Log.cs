using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Issuing;

/// <summary>Log messages of this room, ids 3100 to 3129.</summary>
internal static partial class Log
{
    [LoggerMessage(3100, LogLevel.Information, "revocation list of {Issuer}: number {Number} signed, {Count} certificates on it")]
    public static partial void ListMade(ILogger logger, string issuer, long number, int count);

    [LoggerMessage(3101, LogLevel.Warning, "revocation lists cannot be made or read now: {Fault}")]
    public static partial void ListNotMade(ILogger logger, string fault);

    [LoggerMessage(3102, LogLevel.Warning, "{What} ends in {Days} days, on {NotAfter:u}")]
    public static partial void EndsSoon(ILogger logger, string what, int days, DateTimeOffset notAfter);

    [LoggerMessage(3103, LogLevel.Error, "{What} has expired on {NotAfter:u}")]
    public static partial void Ended(ILogger logger, string what, DateTimeOffset notAfter);
}
