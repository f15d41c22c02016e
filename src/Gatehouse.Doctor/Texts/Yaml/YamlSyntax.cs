using System.Collections.Immutable;

namespace Gatehouse.Doctor.Texts.Yaml;

/// <summary>How a scalar is written.</summary>
internal enum YamlStyle
{
    Plain = 0,
    Quoted = 1,
    Block = 2,
}

/// <summary>A node; <see cref="End"/> is behind its last sign, without comments and breaks that follow.</summary>
internal abstract record YamlNode(TextSpan Span)
{
    public virtual int End => Span.End;
}

/// <summary>A scalar; <see cref="Kind"/> is what it is without quotes.</summary>
internal sealed record YamlScalar(TextSpan Span, string Value, YamlStyle Style, SettingKind Kind) : YamlNode(Span);

/// <summary>A list.</summary>
internal sealed record YamlList(TextSpan Span, ImmutableArray<YamlNode> Items, bool IsFlow) : YamlNode(Span)
{
    public override int End => IsFlow || Items.IsEmpty ? Span.End : Items[^1].End;
}

/// <summary>An object.</summary>
internal sealed record YamlMap(TextSpan Span, ImmutableArray<YamlEntry> Entries, bool IsFlow) : YamlNode(Span)
{
    public override int End => IsFlow || Entries.IsEmpty ? Span.End : Entries[^1].End;
}

/// <summary>A place that refers to another one.</summary>
internal sealed record YamlAlias(TextSpan Span, YamlNode Target) : YamlNode(Span);

/// <summary>A name and its value.</summary>
internal sealed record YamlEntry(TextSpan Key, string Name, YamlNode Value)
{
    /// <summary>Whether nothing is written behind the colon.</summary>
    public bool IsBare => Value is YamlScalar { Style: YamlStyle.Plain, Span.Length: 0 };

    public int End => IsBare ? Key.End + 1 : Value.End;
}
