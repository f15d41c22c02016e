namespace Gatehouse.Policy.Names;

/// <summary>The nearest word, for who mistyped one.</summary>
internal static class WordDistance
{
    /// <summary>The nearest of the known ones.</summary>
    public static string Nearest(string word, IEnumerable<string> known) => known.MinBy(other => Of(word, other))!; // there are some

    // Levenshtein's distance; words are short.
    private static int Of(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1));
                corner = above;
            }
        }

        return row[^1];
    }
}
