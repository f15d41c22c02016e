using System.Collections.Immutable;

namespace Gatehouse.Audit.Patterns;

/// <summary>What a pattern says, before it is compiled.</summary>
internal abstract record PatternNode
{
    /// <summary>Any text.</summary>
    public static PatternNode Anything { get; } = new RepeatNode(new CharsNode(CharSet.All), 0, null);
}

/// <summary>One symbol of a set.</summary>
internal sealed record CharsNode(CharSet Set) : PatternNode;

/// <summary>One after the other; none is the empty text.</summary>
internal sealed record SequenceNode(ImmutableArray<PatternNode> Parts) : PatternNode;

/// <summary>Any of them.</summary>
internal sealed record ChoiceNode(ImmutableArray<PatternNode> Choices) : PatternNode;

/// <summary>Again and again; null is without end.</summary>
internal sealed record RepeatNode(PatternNode Part, int Min, int? Max) : PatternNode;
