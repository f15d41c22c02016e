using System.Text.Json;
using Gatehouse.Engine.Tokens;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms.Tokens;

/// <summary>The times of a token (RFC 7519 section 4.1): when it ends, begins, was made, and for how long it is good at most.</summary>
internal readonly struct TokenTimes
{
    private const double LatestSeconds = 253_402_300_799; // the end of the year 9999

    private TokenTimes(DateTimeOffset ends) => Ends = ends;

    /// <summary>From then on it is not taken: its end by the issuer's clock, which may be behind ours by the skew.</summary>
    public DateTimeOffset Ends { get; }

    /// <summary>
    /// Whether there is an end, and what is there are times; the reason when not. Asked first: the library behind the signature
    /// would refuse others without a word.
    /// </summary>
    public static string? CheckForm(JsonElement claims) =>
        !claims.TryGetProperty("exp", out _) ? TokenReasons.NoExpiry
        : TryTime(claims, "exp", out _) && TryTime(claims, "nbf", out _) && TryTime(claims, "iat", out _) ? null
        : TokenReasons.Malformed;

    /// <summary>Judges them; the reason when they are not good now, else null.</summary>
    public static string? Check(JsonElement claims, TokenSettings settings, DateTimeOffset now, out TokenTimes times)
    {
        times = default;
        if (!TryTime(claims, "exp", out DateTimeOffset? expires) || expires is not { } end || !TryTime(claims, "nbf", out DateTimeOffset? begins)
            || !TryTime(claims, "iat", out DateTimeOffset? made))
        {
            return TokenReasons.Malformed;
        }

        var skew = TimeSpan.FromSeconds(settings.SkewSeconds);
        if (now >= end && now - end >= skew)
        {
            return TokenReasons.Expired;
        }

        if ((begins > now && begins - now > skew) || (made > now && made - now > skew))
        {
            return TokenReasons.NotYet;
        }

        // Without a beginning it counts from now, so that a token for ever is not taken for one that is nearly over.
        if (end - (made ?? begins ?? now) > TimeSpan.FromSeconds(settings.MaxSeconds))
        {
            return TokenReasons.Lifetime;
        }

        times = new TokenTimes(DateTimeOffset.MaxValue - end > skew ? end + skew : DateTimeOffset.MaxValue);
        return null;
    }

    // A NumericDate (section 2) may have a fraction. True with null when it is not there.
    private static bool TryTime(JsonElement claims, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!claims.TryGetProperty(name, out JsonElement value))
        {
            return true;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double seconds) || !(seconds is >= 0 and <= LatestSeconds))
        {
            return false;
        }

        time = DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }
}
