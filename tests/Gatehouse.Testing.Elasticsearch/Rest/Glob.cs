namespace Gatehouse.Testing.Elasticsearch.Rest;

/// <summary>Patterns with <c>*</c>, and with <c>?</c> where a query has them.</summary>
internal static class Glob
{
    public static bool Matches(string pattern, string text, bool hasQuestionMark = false)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && (pattern[p] == text[t] || (hasQuestionMark && pattern[p] == '?')))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).TrimStart('*').Length == 0;
    }
}
