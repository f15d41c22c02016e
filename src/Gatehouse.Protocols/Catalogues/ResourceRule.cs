using System.Text;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>Where one resource of an operation comes from.</summary>
internal sealed record ResourceRule
{
    /// <summary>Pieces that make up the name; empty where it comes from the body.</summary>
    public NamePart[] Parts { get; init; } = [];

    /// <summary>The member that is the name, or the start of a range.</summary>
    public JsonPointer? Pointer { get; init; }

    /// <summary>The member that is the end of a range.</summary>
    public JsonPointer? RangeEnd { get; init; }

    /// <summary>The name covers all that begin with it.</summary>
    public bool IsPrefix { get; init; }

    /// <summary>It may be missing.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Slot of <see cref="Pointer"/>'s strings.</summary>
    public int Slot { get; init; } = -1;

    /// <summary>Slot of <see cref="RangeEnd"/>'s strings.</summary>
    public int EndSlot { get; init; } = -1;

    /// <summary>Slot whose count says how many names there must be; -1 for one.</summary>
    public int AnchorSlot { get; init; } = -1;

    /// <summary>The query parameter that is the whole name, or null.</summary>
    public byte[]? WholeParameter => Parts is [{ Kind: NamePartKind.Query } only] ? only.Text : null;

    /// <summary>Reads one item of the RESOURCES column, or says what is wrong with it.</summary>
    public static ResourceRule? Parse(string text, PathTemplate path, out string fault)
    {
        fault = "";
        if (Unwrap(text, "optional") is { } optional)
        {
            return Parse(optional, path, out fault) is { } inner ? inner with { IsOptional = true } : null;
        }

        if (Unwrap(text, "prefix") is { } prefix)
        {
            ResourceRule? inner = Parse(prefix, path, out fault);
            if (inner is { RangeEnd: null })
            {
                return inner with { IsPrefix = true };
            }

            fault = fault.Length > 0 ? fault : "a range is a prefix already";
            return null;
        }

        if (Unwrap(text, "range") is { } range)
        {
            string[] halves = range.Split(',');
            if (halves.Length == 2 && JsonPointer.Parse(halves[0], false) is { } key &&
                JsonPointer.Parse(halves[1], false) is { } end && SameObject(key, end))
            {
                return new ResourceRule { Pointer = key, RangeEnd = end };
            }

            fault = $"`range({range})` takes two JSON pointers to members of one object";
            return null;
        }

        if (text.StartsWith('/') && !text.Contains('{'))
        {
            fault = $"`{text}` is not a JSON pointer";
            return JsonPointer.Parse(text, false) is { } pointer ? new ResourceRule { Pointer = pointer } : null;
        }

        return ParseName(text, path, out fault);
    }

    private static bool SameObject(JsonPointer key, JsonPointer end) =>
        key.Steps.Count == end.Steps.Count && key.Text != end.Text && key.Steps[^1].Name is not null &&
        end.Steps[^1].Name is not null && key.Head(key.Steps.Count - 1).Text == end.Head(end.Steps.Count - 1).Text;

    private static string? Unwrap(string text, string word) =>
        text.StartsWith(word + "(", StringComparison.Ordinal) && text.EndsWith(')') ? text[(word.Length + 1)..^1] : null;

    private static ResourceRule? ParseName(string text, PathTemplate path, out string fault)
    {
        List<NamePart> parts = [];
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf('{', at);
            string literal = open < 0 ? text[at..] : text[at..open];
            if (literal.AsSpan().IndexOfAny("}()") >= 0 || literal.ContainsAnyExceptInRange('!', '~'))
            {
                fault = $"`{literal}` cannot stand in a resource name";
                return null;
            }

            // Otherwise one name could be put together in two ways, and a grant for the one would allow the other.
            if (parts.Count > 0 && MayHoldSlash(parts[^1], path))
            {
                fault = $"in `{text}` a piece that may hold a slash (opaque, rest, query) must come last";
                return null;
            }

            if (literal.Length > 0)
            {
                parts.Add(new NamePart(NamePartKind.Literal, 0, Encoding.ASCII.GetBytes(literal)));
            }

            if (open < 0)
            {
                break;
            }

            int close = text.IndexOf('}', open);
            string name = close < 0 ? "" : text[(open + 1)..close];
            if (Placeholder(name, path) is not { } part)
            {
                fault = $"`{{{name}}}` is no placeholder of the path; also known are `{{gate}}` and `{{query.NAME}}`";
                return null;
            }

            parts.Add(part);
            at = close + 1;
        }

        fault = parts.Count == 0 ? "an empty resource; an operation without one has `-`" : "";
        return parts.Count == 0 ? null : new ResourceRule { Parts = [.. parts] };
    }

    private static bool MayHoldSlash(NamePart part, PathTemplate path) =>
        part.Kind is NamePartKind.Rest or NamePartKind.Query ||
        (part.Kind == NamePartKind.Segment && path.Parts[part.Segment].Kind == PartKind.Opaque);

    private static NamePart? Placeholder(string name, PathTemplate path)
    {
        if (name == "gate")
        {
            return new NamePart(NamePartKind.Gate, 0, []);
        }

        if (name.StartsWith("query.", StringComparison.Ordinal) && name.Length > 6)
        {
            return new NamePart(NamePartKind.Query, 0, Encoding.UTF8.GetBytes(name[6..]));
        }

        int index = path.IndexOf(name);
        if (index < 0)
        {
            return null;
        }

        bool rest = path.Parts[index].Kind == PartKind.Rest;
        return new NamePart(rest ? NamePartKind.Rest : NamePartKind.Segment, index, []);
    }
}

/// <summary>A piece of a resource name.</summary>
internal readonly record struct NamePart(NamePartKind Kind, int Segment, byte[] Text);

/// <summary>Where a piece of a resource name comes from.</summary>
internal enum NamePartKind : byte
{
    /// <summary>The catalogue.</summary>
    Literal = 0,

    /// <summary>A path segment.</summary>
    Segment,

    /// <summary>The path from a segment on, joined with slashes.</summary>
    Rest,

    /// <summary>A query parameter.</summary>
    Query,

    /// <summary>The gate's name.</summary>
    Gate,
}
