using System.Collections.Immutable;

namespace Gatehouse.Engine.Configuration.Yaml;

/// <summary>A value of a YAML text and where it stands. Only what the configuration needs: no anchors, no tags.</summary>
/// <param name="Span">Where it stands.</param>
internal abstract record YamlNode(YamlSpan Span);

/// <summary>Text.</summary>
/// <param name="Text">The value without quotes.</param>
/// <param name="Style">How it was written.</param>
/// <param name="Span">Where it stands.</param>
internal sealed record YamlScalar(string Text, YamlScalarStyle Style, YamlSpan Span) : YamlNode(Span)
{
    /// <summary>Nothing written, <c>~</c> or <c>null</c>.</summary>
    public bool IsEmpty => Style is YamlScalarStyle.Plain && Text is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>Keys and values in the order written.</summary>
/// <param name="Entries">The entries; keys may repeat, the reader of the section refuses it.</param>
/// <param name="IsFlow">Whether written in braces.</param>
/// <param name="Span">Where it stands.</param>
internal sealed record YamlMapping(ImmutableArray<YamlEntry> Entries, bool IsFlow, YamlSpan Span) : YamlNode(Span)
{
    /// <summary>The value of a key, or null.</summary>
    public YamlNode? Find(string key) => Entries.FirstOrDefault(e => e.Key.Text == key)?.Value;
}

/// <summary>One key and its value.</summary>
internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);

/// <summary>A list.</summary>
internal sealed record YamlSequence(ImmutableArray<YamlNode> Items, YamlSpan Span) : YamlNode(Span);

/// <summary>A stretch of the text: character offsets, and line and column of its start from 1.</summary>
internal readonly record struct YamlSpan(int Start, int End, int Line, int Column);

/// <summary>How a scalar was written.</summary>
internal enum YamlScalarStyle
{
    /// <summary>Bare.</summary>
    Plain,

    /// <summary>In quotes.</summary>
    Quoted,

    /// <summary>A block of lines.</summary>
    Block,
}
