namespace Gatehouse.Doctor.Texts;

/// <summary>A piece of a text, in UTF-16 units.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How long it is.</param>
public readonly record struct TextSpan(int Start, int Length)
{
    /// <summary>The first place behind it.</summary>
    public int End => Start + Length;

    /// <summary>From a start to the first place behind.</summary>
    public static TextSpan Between(int start, int end) => new(start, end - start);
}

/// <summary>One replacement.</summary>
/// <param name="Span">What goes.</param>
/// <param name="Text">What comes.</param>
internal readonly record struct TextEdit(TextSpan Span, string Text);
