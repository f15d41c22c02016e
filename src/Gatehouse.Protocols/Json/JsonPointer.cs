using System.Text;

namespace Gatehouse.Protocols.Json;

/// <summary>
/// A JSON pointer (RFC 6901) as catalogues write it, with two additions: the step <c>*</c> is every element of an array, and
/// a last step <c>**</c>, in <c>fields</c> only, is everything below.
/// </summary>
internal sealed class JsonPointer
{
    private JsonPointer(string text, Step[] steps, bool isOpen)
    {
        Text = text;
        Steps = steps;
        IsOpen = isOpen;
    }

    public string Text { get; }

    public IReadOnlyList<Step> Steps { get; }

    /// <summary>Whether it ends with <c>**</c>.</summary>
    public bool IsOpen { get; }

    /// <summary>Number of steps up to and with the last <c>*</c>; 0 without one.</summary>
    public int LastWildcard
    {
        get
        {
            int last = Steps.Count;
            while (last > 0 && Steps[last - 1].Name is not null)
            {
                last--;
            }

            return last;
        }
    }

    public static JsonPointer? Parse(string text, bool mayBeOpen)
    {
        if (text.Length < 2 || text[0] != '/')
        {
            return null;
        }

        string[] words = text[1..].Split('/');
        bool open = mayBeOpen && words[^1] == "**";
        int count = open ? words.Length - 1 : words.Length;
        Step[] steps = new Step[count];
        for (int i = 0; i < count; i++)
        {
            string word = words[i];
            if (word.Length == 0 || word == "**" || !TildesAreFine(word))
            {
                return null;
            }

            steps[i] = word == "*"
                ? default
                : new Step(Encoding.UTF8.GetBytes(word.Replace("~1", "/").Replace("~0", "~")));
        }

        return new JsonPointer(text, steps, open);
    }

    /// <summary>The pointer of the first steps.</summary>
    public JsonPointer Head(int count) =>
        new(string.Concat(Text.Split('/').Skip(1).Take(count).Select(static word => "/" + word)), [.. Steps.Take(count)], false);

    public bool IsHeadOf(JsonPointer other) => other.Text.StartsWith(Text + "/", StringComparison.Ordinal);

    private static bool TildesAreFine(string word)
    {
        for (int i = word.IndexOf('~'); i >= 0; i = word.IndexOf('~', i + 1))
        {
            if (i + 1 == word.Length || word[i + 1] is not ('0' or '1'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>One step: a member's name in UTF-8, or null for every element.</summary>
    internal readonly record struct Step(byte[]? Name);
}
