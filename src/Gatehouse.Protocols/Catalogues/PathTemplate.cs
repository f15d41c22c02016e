using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>A path template of a catalogue: <c>/api/{name}/items/{id:opaque}</c>, <c>/{path:rest}</c>.</summary>
internal sealed class PathTemplate
{
    private static readonly SearchValues<char> InNames = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");
    private static readonly SearchValues<char> NotInWords = SearchValues.Create("{}\\;#?%");

    private PathTemplate(string text, Part[] parts)
    {
        Text = text;
        Parts = parts;
    }

    public string Text { get; }

    public IReadOnlyList<Part> Parts { get; }

    public bool EndsWithRest => Parts.Count > 0 && Parts[^1].Kind == PartKind.Rest;

    /// <summary>Reads a template, or says what is wrong with it.</summary>
    public static PathTemplate? Parse(string text, out string fault)
    {
        fault = "";
        if (text.Length == 0 || text[0] != '/')
        {
            fault = "a path template begins with `/`";
            return null;
        }

        if (text == "/")
        {
            return new PathTemplate(text, []);
        }

        string[] words = text[1..].Split('/');
        Part[] parts = new Part[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (!TryPart(words[i], out parts[i]))
            {
                fault = words[i].Length == 0
                    ? "an empty segment; a trailing slash is the option `trailing-slash=keep`"
                    : $"`{words[i]}` is neither a word nor a whole placeholder such as `{{name}}`";
                return null;
            }

            if (parts[i].Kind == PartKind.Rest && i < words.Length - 1)
            {
                fault = $"`{words[i]}` takes the rest of the path and must stand last";
                return null;
            }
        }

        string? twice = parts.Where(static p => p.Kind != PartKind.Word).GroupBy(static p => p.Name)
            .FirstOrDefault(static g => g.Count() > 1)?.Key;
        if (twice is not null)
        {
            fault = $"the placeholder `{twice}` stands there twice";
            return null;
        }

        return new PathTemplate(text, parts);
    }

    /// <summary>The index of the segment that a placeholder stands for, or -1.</summary>
    public int IndexOf(string name)
    {
        for (int i = 0; i < Parts.Count; i++)
        {
            if (Parts[i].Kind != PartKind.Word && Parts[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether every encoded slash of the target lies in an opaque segment.</summary>
    public bool AcceptsEncodedSlashes(CanonicalTarget target)
    {
        for (int i = 0; i < target.SegmentCount; i++)
        {
            bool opaque = i < Parts.Count && Parts[i].Kind == PartKind.Opaque;
            if (!opaque && target.HasEncodedSlash(i))
            {
                return false;
            }
        }

        return true;
    }

    internal static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is >= 1 and <= 64 && char.IsAsciiLetterLower(name[0]) &&
        !name.ContainsAnyExcept(InNames);

    private static bool TryPart(string word, out Part part)
    {
        part = default;
        if (word is not ['{', .. string inner, '}'])
        {
            part = new Part(PartKind.Word, "", Encoding.ASCII.GetBytes(word));
            return IsWord(word);
        }

        string[] halves = inner.Split(':');
        PartKind kind = halves.Length == 1 ? PartKind.Segment : halves[1] switch
        {
            "opaque" => PartKind.Opaque,
            "rest" => PartKind.Rest,
            _ => PartKind.Word,
        };
        part = new Part(kind, halves[0], []);
        return kind != PartKind.Word && halves.Length <= 2 && IsName(halves[0]) && halves[0] is not ("gate" or "method");
    }

    // Words are compared with decoded segments, so they are written decoded: no escapes. What a target can never hold is a fault.
    private static bool IsWord(string word) =>
        word.Length > 0 && word is not ("." or "..") && !word.ContainsAnyExceptInRange('!', '~') &&
        !word.AsSpan().ContainsAny(NotInWords);

    internal readonly record struct Part(PartKind Kind, string Name, byte[] Word);
}

/// <summary>What a segment of a template takes.</summary>
internal enum PartKind : byte
{
    /// <summary>This word.</summary>
    Word = 0,

    /// <summary>Any one segment.</summary>
    Segment,

    /// <summary>Any one segment, an encoded slash included.</summary>
    Opaque,

    /// <summary>All that follows, also nothing.</summary>
    Rest,
}
