namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>
/// Filters of rules held against each other, as their brokers match them: level by level, a wildcard in the first level never
/// reaching names that begin with <c>$</c>. A level with a placeholder may be any text, with <c>/</c> in it too.
/// </summary>
internal static class TopicFilters
{
    /// <summary>Whether a name, or a filter taken as a name, may be matched by both.</summary>
    public static bool Meet(string left, string right, bool isWide = false)
    {
        string[] a = left.Split('/');
        string[] b = right.Split('/');
        for (int i = 0; ; i++)
        {
            bool endsA = i == a.Length;
            bool endsB = i == b.Length;
            if (endsA || endsB)
            {
                // `a/#` reaches `a` too.
                return endsA == endsB || (endsA ? b[i] : a[i]) == "#" || IsOpen(endsA ? b[i] : a[i]);
            }

            if (i == 0 && !isWide && ((IsWildcard(a[0]) && b[0].StartsWith('$') && !IsOpen(b[0])) || (IsWildcard(b[0]) && a[0].StartsWith('$') && !IsOpen(a[0]))))
            {
                return false;
            }

            if (a[i] == "#" || b[i] == "#" || IsOpen(a[i]) || IsOpen(b[i]))
            {
                return true;
            }

            if (a[i] != b[i] && a[i] != "+" && b[i] != "+")
            {
                return false;
            }
        }
    }

    /// <summary>Whether the first surely matches all that the second matches.</summary>
    public static bool Holds(string wide, string narrow)
    {
        string[] a = wide.Split('/');
        string[] b = narrow.Split('/');
        for (int i = 0; i < a.Length; i++)
        {
            if (i == 0 && IsWildcard(a[0]) && b[0].StartsWith('$'))
            {
                return false; // a placeholder in the first level may be such a name too
            }

            if (a[i] == "#")
            {
                return true;
            }

            if (i == b.Length)
            {
                return false;
            }

            bool isSame = a[i] == b[i] || (a[i] == "+" && !IsOpen(b[i]) && b[i] != "#");
            if (!isSame)
            {
                return false;
            }
        }

        return a.Length == b.Length;
    }

    /// <summary>Whether a level has a placeholder.</summary>
    public static bool IsOpen(string level) => level.Contains("${", StringComparison.Ordinal);

    /// <summary>Whether a level is a wildcard.</summary>
    public static bool IsWildcard(string level) => level is "+" or "#";
}
