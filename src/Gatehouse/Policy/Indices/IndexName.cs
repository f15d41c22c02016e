namespace Gatehouse.Policy.Indices;

/// <summary>
/// A name or expression of a request as a decision sees it: without the selector, with the stream that a backing index belongs to,
/// date math as all that begins with its fixed part. Lives on the stack of one decision.
/// </summary>
internal readonly ref struct IndexName
{
    /// <summary>Room that a decision gives for date math.</summary>
    public const int ScratchLength = 256;

    // Behind a stream's name: -yyyy.MM.dd-, then six digits or more.
    private const int DateLength = 12;
    private const int LeastDigits = 6;
    private const int StreamPrefixLength = 4;

    private IndexName(ReadOnlySpan<byte> name, bool isDateMath)
    {
        Name = name;
        int star = name.IndexOf((byte)'*');
        IsWildcard = star >= 0;
        ReadOnlySpan<byte> head = star < 0 ? name : name[..star];
        Reach = ReachesBacking(head) ? default : head;
        IsRemote = name.Contains((byte)':');
        Stream = IsWildcard ? default : StreamOf(name);

        // `*` alone is what every list begins with; what it reaches is narrowed, not decided.
        IsRestricted = !IsWildcard ? RestrictedNames.Contains(name) : (isDateMath || !head.IsEmpty) && RestrictedNames.CouldReach(head);
    }

    /// <summary>What is matched.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>
    /// How all that an expression reaches begins, for denies: what comes before the first <c>*</c>. Nothing where that may be a
    /// backing index, which is denied where its stream is.
    /// </summary>
    public ReadOnlySpan<byte> Reach { get; }

    /// <summary>The stream of a backing index, by its name; empty for any other.</summary>
    public ReadOnlySpan<byte> Stream { get; }

    /// <summary>It stands for several names.</summary>
    public bool IsWildcard { get; }

    /// <summary>It names an index of a remote cluster.</summary>
    public bool IsRemote { get; }

    /// <summary>It is, or could reach, a restricted name.</summary>
    public bool IsRestricted { get; }

    /// <summary>Reads what a request names.</summary>
    public static IndexName Of(ReadOnlySpan<byte> text, Span<byte> scratch)
    {
        text = WithoutSelector(text);
        int open = text.IndexOf((byte)'<');
        if (open < 0)
        {
            return new IndexName(text, isDateMath: false);
        }

        // The format within the braces may hold quoted text, so any name can come of it.
        ReadOnlySpan<byte> fixedPart = text[(open + 1)..];
        int end = fixedPart.IndexOfAny("{\\>"u8);
        fixedPart = end < 0 ? fixedPart : fixedPart[..end];
        int length = Math.Min(open, scratch.Length - 1);
        text[..length].CopyTo(scratch);
        fixedPart = fixedPart[..Math.Min(fixedPart.Length, scratch.Length - 1 - length)];
        fixedPart.CopyTo(scratch[length..]);
        length += fixedPart.Length;
        scratch[length] = (byte)'*';
        return new IndexName(scratch[..(length + 1)], isDateMath: true);
    }

    /// <summary>The name before <c>::data</c> or <c>::failures</c>.</summary>
    public static ReadOnlySpan<byte> WithoutSelector(ReadOnlySpan<byte> text) =>
        text.EndsWith("::data"u8) ? text[..^6] : text.EndsWith("::failures"u8) ? text[..^10] : text;

    /// <summary>The stream whose backing index has this name: <c>.ds-STREAM-yyyy.MM.dd-NNNNNN</c>, or <c>.fs-</c> for failures.</summary>
    public static ReadOnlySpan<byte> StreamOf(ReadOnlySpan<byte> name)
    {
        if (!name.StartsWith(".ds-"u8) && !name.StartsWith(".fs-"u8))
        {
            return default;
        }

        int digits = name.Length - 1 - name.LastIndexOfAnyExceptInRange((byte)'0', (byte)'9');
        int end = name.Length - digits - DateLength;
        return digits >= LeastDigits && end > StreamPrefixLength && IsDate(name.Slice(end, DateLength)) ? name[StreamPrefixLength..end] : default;
    }

    private static bool ReachesBacking(ReadOnlySpan<byte> head) =>
        head.StartsWith(".ds-"u8) || head.StartsWith(".fs-"u8) || ".ds-"u8.StartsWith(head) || ".fs-"u8.StartsWith(head);

    private static bool IsDate(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> shape = "-0000.00.00-"u8;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == (byte)'0' ? text[i] is < (byte)'0' or > (byte)'9' : text[i] != shape[i])
            {
                return false;
            }
        }

        return true;
    }
}
