namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>
/// One character for all that <see cref="StringComparison.OrdinalIgnoreCase"/> takes for the same. Asked of that comparison
/// itself, once a process: a table of our own could differ from it, and what folds apart would not be found.
/// </summary>
internal static class CaseFold
{
    private static readonly char[] Table = Make();

    /// <summary>The character that stands for this one. Halves of a pair fold by kind: pairs have cases too.</summary>
    public static char Of(char c) => Table[c];

    private static char[] Make()
    {
        char[] table = new char[char.MaxValue + 1];
        var first = new Dictionary<string, char>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i <= char.MaxValue; i++)
        {
            char c = (char)i;
            if (char.IsLowSurrogate(c))
            {
                // Cases of a pair differ in its second half only; which ones do is not worth a table.
                table[i] = '\uDC00';
                continue;
            }

            string text = c.ToString();
            first.TryAdd(text, c);
            table[i] = first[text];
        }

        return table;
    }
}
