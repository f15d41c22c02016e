using System.Collections.Immutable;

namespace Gatehouse.Doctor.Texts;

/// <summary>A value to be written; each kind of file writes it in its own syntax.</summary>
public abstract record Literal
{
    private Literal()
    {
    }

    /// <summary>Never the value: it may be a secret.</summary>
    public sealed override string ToString() => "a value";

    /// <summary>Null.</summary>
    public static Literal Null { get; } = new NullLiteral();

    /// <summary>A text; in quotes where the syntax has quotes.</summary>
    public static Literal Text(string value) => new TextLiteral(value);

    /// <summary>A word that stands without quotes where the syntax allows it: an atom, a duration, a name of a choice.</summary>
    public static Literal Word(string value) => new WordLiteral(value);

    /// <summary>A whole number.</summary>
    public static Literal Number(long value) => new NumberLiteral(value);

    /// <summary>True or false.</summary>
    public static Literal Boolean(bool value) => new BooleanLiteral(value);

    /// <summary>A list.</summary>
    public static Literal List(params ReadOnlySpan<Literal> items) => new ListLiteral([.. items]);

    /// <summary>A list of texts.</summary>
    public static Literal Texts(params IEnumerable<string> items) => new ListLiteral([.. items.Select(Text)]);

    /// <summary>An object.</summary>
    public static Literal Map(params ReadOnlySpan<(string Name, Literal Value)> members) => new MapLiteral([.. members]);

    /// <summary>A value in the syntax of the file; it is refused where it does not read as one value.</summary>
    public static Literal Raw(string text) => new RawLiteral(text);

    internal sealed record NullLiteral : Literal;

    internal sealed record TextLiteral(string Value) : Literal;

    internal sealed record WordLiteral(string Value) : Literal;

    internal sealed record NumberLiteral(long Value) : Literal;

    internal sealed record BooleanLiteral(bool Value) : Literal;

    internal sealed record ListLiteral(ImmutableArray<Literal> Items) : Literal;

    internal sealed record MapLiteral(ImmutableArray<(string Name, Literal Value)> Members) : Literal;

    internal sealed record RawLiteral(string Value) : Literal;
}
