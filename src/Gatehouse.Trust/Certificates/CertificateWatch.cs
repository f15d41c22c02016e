using System.Collections.Immutable;

namespace Gatehouse.Trust.Certificates;

/// <summary>A certificate whose end somebody must know of.</summary>
/// <param name="What">For people: <c>certificate of gate web (/etc/gate.crt)</c>.</param>
/// <param name="NotAfter">Its end.</param>
/// <param name="RenewsItself">Whether it is renewed without anybody: it is named only when that has not worked.</param>
public sealed record WatchedCertificate(string What, DateTimeOffset NotAfter, bool RenewsItself)
{
    /// <summary>From when on one that renews itself is overdue; null for the others.</summary>
    public DateTimeOffset? OverdueFrom { get; init; }
}

/// <summary>One that ends soon, or has ended.</summary>
/// <param name="What">Which.</param>
/// <param name="NotAfter">Its end.</param>
/// <param name="DaysLeft">Whole days until then; negative when it has ended.</param>
/// <param name="Level">The threshold that was passed: 30, 14, 7, 1, or 0 when it has ended.</param>
public sealed record CertificateWarning(string What, DateTimeOffset NotAfter, int DaysLeft, int Level);

/// <summary>Which certificates end soon. Pure.</summary>
public static class CertificateWatch
{
    /// <summary>Days before its end at which one is named first.</summary>
    public const int FirstWarning = 30;

    private static readonly int[] Levels = [1, 7, 14, FirstWarning];

    /// <summary>Warnings, the most urgent first.</summary>
    public static ImmutableArray<CertificateWarning> Look(IEnumerable<WatchedCertificate> watched, DateTimeOffset now) =>
    [
        .. watched
            .Where(certificate => !certificate.RenewsItself || now > (certificate.OverdueFrom ?? certificate.NotAfter))
            .Select(certificate => (certificate, Days: DaysLeft(certificate.NotAfter, now)))
            .Where(static pair => pair.Days <= FirstWarning)
            .Select(pair => new CertificateWarning(pair.certificate.What, pair.certificate.NotAfter, pair.Days, LevelOf(pair.certificate.NotAfter, now)))
            .OrderBy(static warning => warning.NotAfter).ThenBy(static warning => warning.What, StringComparer.Ordinal),
    ];

    /// <summary>Whole days until an end, rounded down; negative when it has passed.</summary>
    public static int DaysLeft(DateTimeOffset notAfter, DateTimeOffset now) => (int)Math.Clamp(Math.Floor((notAfter - now).TotalDays), int.MinValue, int.MaxValue);

    private static int LevelOf(DateTimeOffset notAfter, DateTimeOffset now) =>
        notAfter <= now ? 0 : Levels.First(level => notAfter - now <= TimeSpan.FromDays(level + 1));
}
