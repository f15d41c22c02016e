namespace Gatehouse.Identity;

/// <summary>Names with <c>*</c> for any run of characters; everything else stands for itself, byte for byte.</summary>
internal static class Wildcard
{
    /// <summary>Whether the whole text matches. Linear in the text for each star; never backtracks further than the last one.</summary>
    public static bool Matches(string pattern, string text)
    {
        int at = 0;
        int next = 0;
        int star = -1;
        int resume = 0;
        while (at < text.Length)
        {
            if (next < pattern.Length && pattern[next] == '*')
            {
                star = next++;
                resume = at;
            }
            else if (next < pattern.Length && pattern[next] == text[at])
            {
                next++;
                at++;
            }
            else if (star >= 0)
            {
                next = star + 1;
                at = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (next < pattern.Length && pattern[next] == '*')
        {
            next++;
        }

        return next == pattern.Length;
    }
}
