using System.Collections.Immutable;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>How a word of a value is written.</summary>
internal enum HoconQuotes
{
    None = 0,

    /// <summary>White space between two words.</summary>
    Space = 1,
    Single = 2,
    Triple = 3,
}

/// <summary>A part of a value.</summary>
internal abstract record HoconPart(TextSpan Span);

/// <summary>A text, or the white space between two.</summary>
internal sealed record HoconWord(TextSpan Span, string Value, HoconQuotes Quotes) : HoconPart(Span);

/// <summary><c>${a.b}</c> or <c>${?a.b}</c>.</summary>
internal sealed record HoconSubstitution(TextSpan Span, ImmutableArray<string> Path, bool IsOptional) : HoconPart(Span);

/// <summary>An object; the top of a file may do without braces.</summary>
internal sealed record HoconObject(TextSpan Span, bool IsBraced, ImmutableArray<HoconEntry> Entries) : HoconPart(Span);

/// <summary>A list.</summary>
internal sealed record HoconList(TextSpan Span, ImmutableArray<HoconValue> Items) : HoconPart(Span);

/// <summary>A value: parts side by side are joined.</summary>
internal sealed record HoconValue(TextSpan Span, ImmutableArray<HoconPart> Parts)
{
    /// <summary>Whether any of its own parts is a substitution.</summary>
    public bool HasSubstitution => Parts.Any(static p => p is HoconSubstitution);

    /// <summary>The object that it is and nothing else, or null.</summary>
    public HoconObject? Object => Parts is [HoconObject only] ? only : null;
}

/// <summary>What stands in an object.</summary>
internal abstract record HoconEntry(TextSpan Span);

/// <summary><c>a.b = 1</c>; <see cref="Separator"/> is empty before a brace.</summary>
internal sealed record HoconField(TextSpan Span, TextSpan Key, ImmutableArray<string> Path, TextSpan Separator, bool IsAppend, HoconValue Value) : HoconEntry(Span);

/// <summary><c>include "file"</c>.</summary>
internal sealed record HoconIncludeEntry(TextSpan Span, string File, bool IsFile, bool IsRequired) : HoconEntry(Span);

/// <summary>One parsed text, and what its includes led to: a unit, or null where nothing was there; none where nobody read it.</summary>
internal sealed class HoconUnit(SourceText text, HoconObject root)
{
    public SourceText Text { get; } = text;

    public HoconObject Root { get; } = root;

    public Dictionary<HoconIncludeEntry, HoconUnit?> Included { get; } = new(ReferenceEqualityComparer.Instance);
}
