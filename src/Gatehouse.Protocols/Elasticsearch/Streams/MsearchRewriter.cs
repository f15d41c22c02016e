using System.Text.Json;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>The header of one search of an <c>_msearch</c>.</summary>
public sealed record MsearchHeader
{
    /// <summary>Its number, from 0.</summary>
    public required int Position { get; init; }

    /// <summary>The index expressions, split at commas; null where the path's count, or all.</summary>
    public required IReadOnlyList<string>? Expressions { get; init; }

    /// <summary>Whether the search has a point in time, which has its own indices.</summary>
    public required bool HasPit { get; init; }

    /// <summary><c>expand_wildcards</c> as given, a list joined by commas; or null.</summary>
    public required string? ExpandWildcards { get; init; }

    /// <summary><c>ignore_unavailable</c>, where it is given.</summary>
    public required bool? IgnoreUnavailable { get; init; }

    /// <summary><c>allow_no_indices</c>, where it is given.</summary>
    public required bool? AllowNoIndices { get; init; }
}

/// <summary>What becomes of a header.</summary>
public readonly record struct MsearchDecision
{
    private MsearchDecision(IReadOnlyList<string> expressions) => Expressions = expressions;

    /// <summary>It stays as it is.</summary>
    public static MsearchDecision Keep => default;

    /// <summary>The new index expressions, or null where it stays as it is.</summary>
    public IReadOnlyList<string>? Expressions { get; }

    /// <summary>It names these indices instead. An empty list, which the upstream takes for all indices, is not one.</summary>
    public static MsearchDecision Replace(IReadOnlyList<string> expressions)
    {
        ArgumentOutOfRangeException.ThrowIfZero(expressions.Count);
        return new MsearchDecision(expressions);
    }
}

/// <summary>
/// Rewrites the headers of an <c>_msearch</c> that <c>classify</c> has accepted, and the ids of points in time in its searches.
/// All other bytes stay as they are.
/// </summary>
public static class MsearchRewriter
{
    private static readonly JsonPaths PitId = new("pit.id");

    /// <summary>Rewrites a body.</summary>
    /// <param name="body">Header and search lines.</param>
    /// <param name="decide">Says what becomes of each header.</param>
    /// <param name="pit">Gives what takes the place of a point in time's id; null refuses the body.</param>
    public static Spliced Rewrite(ReadOnlyMemory<byte> body, Func<MsearchHeader, MsearchDecision> decide, Func<string, string?> pit)
    {
        var edits = new BodyEdits();
        var strict = new StrictJson();
        var lines = new LineReader(body);
        int start = 0;
        for (int position = 0; lines.TryRead(out ReadOnlyMemory<byte> header); position++)
        {
            int second = start + EndOf(body, start);
            if (strict.Validate(header.Span) != JsonError.None || !lines.TryRead(out ReadOnlyMemory<byte> search))
            {
                return new Spliced(SpliceError.Malformed, default);
            }

            var ids = new BodyEdits();
            bool hasPit = false;
            SpliceError error = BodySplice.Find(search.Span, second, PitId, id => Seen(id, pit, out hasPit), ids);
            error = error == SpliceError.None ? Header(header.Span, start, position, hasPit, decide, edits) : error;
            if (error != SpliceError.None)
            {
                return new Spliced(error, default);
            }

            edits.Add(ids);
            start = second + EndOf(body, second);
        }

        return lines.IsCut || start == 0 ? new Spliced(SpliceError.Malformed, default) : edits.Apply(body);
    }

    private static string? Seen(string id, Func<string, string?> pit, out bool hasPit)
    {
        hasPit = true;
        return pit(id);
    }

    private static int EndOf(ReadOnlyMemory<byte> body, int start) => body.Span[start..].IndexOf((byte)'\n') + 1;

    private static SpliceError Header(ReadOnlySpan<byte> line, int start, int position, bool hasPit, Func<MsearchHeader, MsearchDecision> decide, BodyEdits edits)
    {
        using JsonDocument document = JsonDocument.Parse(line.ToArray());
        JsonElement header = document.RootElement;
        if (header.ValueKind != JsonValueKind.Object)
        {
            return SpliceError.UnexpectedType;
        }

        bool isOne = header.Has("index", out JsonElement one);
        bool isMany = header.Has("indices", out JsonElement many);
        string? names = null;
        if ((isOne && isMany) || !Text(isOne ? one : many, out names))
        {
            return SpliceError.UnexpectedType;
        }

        Text(Either(header, "expand_wildcards", "expandWildcards"), out string? wildcards);
        string[] expressions = (names ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        MsearchDecision decision = decide(new MsearchHeader
        {
            Position = position,
            Expressions = expressions.Length == 0 ? null : expressions,
            HasPit = hasPit,
            ExpandWildcards = wildcards,
            IgnoreUnavailable = Flag(Either(header, "ignore_unavailable", "ignoreUnavailable")),
            AllowNoIndices = Flag(Either(header, "allow_no_indices", "allowNoIndices")),
        });
        if (decision.Expressions is { } instead)
        {
            Replace(line, start, instead, edits);
        }

        return SpliceError.None;
    }

    // Every member that names indices gets the new ones, one that is null too: no order of reading finds others.
    private static void Replace(ReadOnlySpan<byte> line, int start, IReadOnlyList<string> expressions, BodyEdits edits)
    {
        var reader = new Utf8JsonReader(line);
        reader.Read();
        int brace = (int)reader.BytesConsumed;
        bool isFirst = true;
        bool isNamed = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIndex = reader.ValueTextEquals("index"u8) || reader.ValueTextEquals("indices"u8);
            reader.Read();
            int from = (int)reader.TokenStartIndex;
            reader.Skip();
            isFirst = false;
            if (isIndex)
            {
                isNamed = true;
                edits.Add(start + from, (int)reader.BytesConsumed - from, expressions, isList: true);
            }
        }

        if (!isNamed)
        {
            edits.Add(start + brace, 0, expressions, isList: true, "\"index\":", isFirst ? "" : ",");
        }
    }

    private static JsonElement Either(JsonElement header, string name, string other) =>
        header.Has(name, out JsonElement value) || header.Has(other, out value) ? value : default;

    private static bool? Flag(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => value.GetString() == "true",
        _ => null,
    };

    /// <summary>A string, or strings joined by commas; false where it is something else.</summary>
    private static bool Text(JsonElement value, out string? text)
    {
        text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Array when value.EnumerateArray().All(static i => i.ValueKind == JsonValueKind.String) =>
                string.Join(',', value.EnumerateArray().Select(static i => i.GetString())),
            _ => null,
        };
        return text is not null || value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
    }
}
