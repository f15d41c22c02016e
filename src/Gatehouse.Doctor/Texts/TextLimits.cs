namespace Gatehouse.Doctor.Texts;

/// <summary>How much of a file is read; what is beyond is refused with <c>GH8100</c> or <c>GH8103</c>.</summary>
public static class TextLimits
{
    /// <summary>Longest file in bytes.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Deepest nesting of objects, lists and included files.</summary>
    public const int MaxDepth = 100;

    /// <summary>Most values in a file.</summary>
    public const int MaxNodes = 100_000;

    /// <summary>Most values that substitutions, anchors and merging may make of them.</summary>
    public const int MaxExpanded = 100_000;

    /// <summary>Most files inside of each other.</summary>
    public const int MaxIncludes = 10;

    /// <summary>Most files that one file includes in all.</summary>
    public const int MaxIncluded = 200;

    /// <summary>Most places that a setting names, and most losers.</summary>
    internal const int MaxOrigins = 16;

    /// <summary>Longest text, in UTF-16 units, that substitutions may make.</summary>
    public const int MaxExpandedText = MaxBytes;
}
