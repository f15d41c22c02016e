using System.Text;

namespace Gatehouse.Policy.Topics;

/// <summary>What a pattern for topics is besides its tokens. Immutable.</summary>
/// <param name="Filter">The filter in bytes; null where it has placeholders.</param>
/// <param name="IsWide">Whether it is read as denies are: wildcards reach names that begin with <c>$</c>.</param>
internal sealed record TopicForm(byte[]? Filter, bool IsWide)
{
    /// <summary>Bytes of a program before the filter.</summary>
    public const int ProgramHead = 2;

    /// <summary>
    /// What a deny with a placeholder means for whom the value cannot be used: all from its level on. Null without placeholders, and
    /// for an allow, which then matches nothing.
    /// </summary>
    public byte[]? Fallback { get; private init; }

    /// <summary>The tokens under which a name is found by its hash; those of the fallback where there is one.</summary>
    public PatternToken[] Tokens { get; private init; } = [];

    /// <summary>The form of a pattern.</summary>
    public static TopicForm Of(string text, PatternToken[] tokens, bool isWide)
    {
        int slot = Array.FindIndex(tokens, static token => token.Kind == PatternTokenKind.Slot);
        if (slot < 0)
        {
            return new TopicForm(Encoding.UTF8.GetBytes(text), isWide) { Tokens = tokens };
        }

        if (!isWide)
        {
            return new TopicForm(null, isWide) { Tokens = tokens };
        }

        byte[] head = Render(tokens.AsSpan(0, slot));
        int end = head.AsSpan().LastIndexOf((byte)'/');
        return new TopicForm(null, isWide)
        {
            Fallback = end < 0 ? "#"u8.ToArray() : [.. head[..end], .. "/#"u8],
            Tokens = end < 0 ? [new PatternToken(PatternTokenKind.DoubleStar)] : [.. Cut(tokens.AsSpan(0, slot)), new PatternToken(PatternTokenKind.Below)],
        };
    }

    /// <summary>The filter as one program, by which the table knows it for one of topics.</summary>
    public byte[] Program => [(byte)PatternTokenKind.Filter, IsWide ? (byte)1 : (byte)0, .. Filter!]; // only for those without placeholders

    private static byte[] Render(ReadOnlySpan<PatternToken> tokens)
    {
        var bytes = new List<byte>();
        foreach (PatternToken token in tokens)
        {
            bytes.AddRange(token.Literal ?? "+"u8.ToArray());
        }

        return [.. bytes];
    }

    // Up to the last `/`, which is there: a wildcard is a whole level, so that it lies in the last literal.
    private static List<PatternToken> Cut(ReadOnlySpan<PatternToken> tokens)
    {
        List<PatternToken> kept = [.. tokens[..^1]];
        byte[] last = tokens[^1].Literal!;
        int end = last.AsSpan().LastIndexOf((byte)'/');
        if (end > 0)
        {
            kept.Add(new PatternToken(PatternTokenKind.Literal, last[..end]));
        }

        return kept;
    }
}
