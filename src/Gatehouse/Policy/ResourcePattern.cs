using Gatehouse.Policy.Names;
using Gatehouse.Policy.Tables;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Policy;

/// <summary>A parsed resource pattern. Immutable; shared by all grants that write the same text.</summary>
internal sealed class ResourcePattern
{
    private PatternPlace? _fine;
    private PatternPlace? _coarse;

    public ResourcePattern(string text, PatternToken[] tokens, bool isIndex = false, TopicForm? topic = null, NameForm? names = null)
    {
        Text = text;
        IsIndex = isIndex;
        Topic = topic;
        Names = names;
        ReachesRemote = !isIndex || text.Contains(':');
        Tokens = tokens;
        Head = tokens.Length > 0 && tokens[0].Kind == PatternTokenKind.Literal ? tokens[0].Literal! : []; // set for literals
        Kind = topic is { IsWide: false } && tokens[0].Kind == PatternTokenKind.DoubleStar ? PatternKind.General : KindOf(tokens);
        Program = Kind is not (PatternKind.General or PatternKind.Slotted) ? []
            : topic is null ? PatternProgram.Write(tokens)
            : Kind == PatternKind.General ? topic.Program
            : [];
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Whether it is written for names of indices.</summary>
    public bool IsIndex { get; }

    /// <summary>Its form where it is written for topics; else null.</summary>
    public TopicForm? Topic { get; }

    /// <summary>How its placeholders stand where it is written for Ignite's names; else null.</summary>
    public NameForm? Names { get; }

    /// <summary>Whether it speaks of indices of remote clusters: <c>*</c> is every index here, not everywhere.</summary>
    public bool ReachesRemote { get; }

    /// <summary>Which of the matcher's ways it takes.</summary>
    public PatternKind Kind { get; }

    /// <summary>The literal bytes before the first wildcard or placeholder; the whole name for <see cref="PatternKind.Exact"/>.</summary>
    public byte[] Head { get; }

    /// <summary>Its parts in order; two wildcards never follow each other, nor do two literals.</summary>
    public PatternToken[] Tokens { get; }

    /// <summary>The parts as the matcher reads them (<see cref="PatternProgram"/>); empty where the head alone decides.</summary>
    public byte[] Program { get; }

    /// <summary>The parts under which it is looked for: what names must have, whoever asks.</summary>
    public PatternToken[] KeyTokens => Topic?.Tokens ?? Tokens;

    /// <summary>Where it is looked for; worked out once for all policies that have it.</summary>
    public PatternPlace PlaceOf(bool withEnds) =>
        withEnds ? _fine ??= PatternPlace.Of(this, withEnds: true) : _coarse ??= PatternPlace.Of(this, withEnds: false);

    /// <summary>Whether it is <c>**</c>, every name, or the <c>*</c> of indices, which leaves out hidden ones only.</summary>
    public bool IsEverything => (Kind == PatternKind.Prefix && Head.Length == 0) || (IsIndex && Text == "*");

    /// <summary>
    /// Whether it could match some name that starts with <paramref name="prefix"/>. Decided on the literal head alone, so
    /// it may say yes too often, never no too often; denies use it.
    /// </summary>
    public bool CouldReach(ReadOnlySpan<byte> prefix) =>
        Head.AsSpan().StartsWith(prefix) || (Kind != PatternKind.Exact && prefix.StartsWith(Head));

    /// <summary>Whether it surely matches every name that starts with <paramref name="prefix"/>; allows use it.</summary>
    public bool CoversAll(ReadOnlySpan<byte> prefix) => Kind == PatternKind.Prefix && prefix.StartsWith(Head);

    private static PatternKind KindOf(PatternToken[] tokens) => tokens switch
    {
        [{ Kind: PatternTokenKind.Literal }] => PatternKind.Exact,
        [{ Kind: PatternTokenKind.DoubleStar }] => PatternKind.Prefix,
        [{ Kind: PatternTokenKind.Literal }, { Kind: PatternTokenKind.DoubleStar }] => PatternKind.Prefix,
        _ => Array.Exists(tokens, static t => t.Kind == PatternTokenKind.Slot) ? PatternKind.Slotted : PatternKind.General,
    };
}

/// <summary>Shapes of patterns.</summary>
internal enum PatternKind : byte
{
    /// <summary>One name.</summary>
    Exact,

    /// <summary>A literal, then <c>**</c>: every name that starts with it.</summary>
    Prefix,

    /// <summary>Anything else that the name alone decides.</summary>
    General,

    /// <summary>One with placeholders, for which the principal is needed.</summary>
    Slotted,
}

/// <summary>One part of a pattern.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Literal">The bytes of a literal.</param>
/// <param name="Attribute">The attribute of a placeholder.</param>
/// <param name="Slot">A placeholder's number within the pattern.</param>
internal readonly record struct PatternToken(PatternTokenKind Kind, byte[]? Literal = null, string? Attribute = null, int Slot = 0);

/// <summary>Kinds of parts.</summary>
internal enum PatternTokenKind : byte
{
    /// <summary>Bytes that must be there.</summary>
    Literal,

    /// <summary>Any run without <c>/</c>.</summary>
    Star,

    /// <summary>Any run.</summary>
    DoubleStar,

    /// <summary>The principal's value of an attribute.</summary>
    Slot,

    /// <summary>One character, but no <c>/</c>, nor the <c>*</c> of an expression that stands for several names.</summary>
    One,

    /// <summary>Nothing, at a place where no dot follows.</summary>
    NoDot,

    /// <summary>The end, or <c>/</c> and any run: the <c>/#</c> of topics.</summary>
    Below,

    /// <summary>Begins a program that is a filter of topics.</summary>
    Filter,
}
