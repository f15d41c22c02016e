using System.Collections.Immutable;

namespace Gatehouse.Protocols.Hocon;

/// <summary>What a value is.</summary>
public enum HoconKind : byte
{
    /// <summary><c>null</c>.</summary>
    Null = 0,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A number, without quotes.</summary>
    Number,

    /// <summary>Text, in quotes or not.</summary>
    String,

    /// <summary>An array; its elements follow it as entries of their own.</summary>
    Array,

    /// <summary>An object; only empty ones are entries.</summary>
    Object,
}

/// <summary>One value of a document with the path that leads to it.</summary>
/// <param name="Segments">The keys without quotes from the root on; an element of an array has <c>0</c>, <c>1</c>, ...; none: the empty root.</param>
/// <param name="Kind">What the value is.</param>
/// <param name="IsAppended">Whether it came by <c>+=</c>.</param>
/// <param name="Line">Line of the value, from 1.</param>
/// <param name="Column">Column of the value in UTF-16 units, from 1.</param>
public sealed record HoconEntry(ImmutableArray<string> Segments, HoconKind Kind, bool IsAppended, int Line, int Column)
{
    /// <summary>The path in its one spelling, such as <c>ignite.security.enabled</c> or <c>a."b c"</c>.</summary>
    public string Path => HoconPath.Write(Segments);
}
