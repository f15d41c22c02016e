namespace Gatehouse.Doctor.Findings;

/// <summary>A finding that somebody has decided to live with, for a reason and a time.</summary>
/// <param name="Check">Id of the check.</param>
/// <param name="Subject">The subject, or a part of it with <c>*</c>; null for all.</param>
/// <param name="Reason">Why.</param>
/// <param name="Until">The last day on which it is accepted.</param>
public sealed record AcceptedRisk(string Check, string? Subject, string Reason, DateOnly Until)
{
    /// <summary>Whether it stands for a finding on a day.</summary>
    public bool Covers(Finding finding, DateOnly today) =>
        today <= Until && string.Equals(Check, finding.Check, StringComparison.OrdinalIgnoreCase) && (Subject is null || Matches(Subject, finding.Subject));

    // `*` stands for any characters. Linear in the length: the last star alone is gone back to.
    private static bool Matches(string pattern, string text)
    {
        int at = 0, here = 0, star = -1, mark = 0;
        while (at < text.Length)
        {
            if (here < pattern.Length && pattern[here] == '*')
            {
                star = here++;
                mark = at;
            }
            else if (here < pattern.Length && pattern[here] == text[at])
            {
                here++;
                at++;
            }
            else if (star >= 0)
            {
                here = star + 1;
                at = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(here).Trim('*').IsEmpty;
    }
}
