using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gatehouse.Audit;

namespace Gatehouse.Protocols.Hocon;

/// <summary>
/// A document in HOCON, of which JSON is a part (HOCON.md of lightbend/config), read so that no reader could find other keys in it:
/// <c>include</c> and <c>${..}</c> are refused, as are keys that have a value already, keys that differ by case only, keys partly in
/// quotes or with white space in them, objects or arrays put together with something else, and, outside quotes and comments, characters
/// beyond ASCII. Lists by name come as an object or as an array of objects; both stay what they are.
/// </summary>
public sealed class HoconDocument
{
    /// <summary>Longest document in bytes.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Most keys and arrays within each other.</summary>
    public const int MaxDepth = 32;

    /// <summary>Most values, inner ones and the objects that long keys imply counted.</summary>
    public const int MaxValues = 8192;

    // Headers of exporters carry tokens under names that somebody chose.
    private static readonly BodyMask Mask = new(int.MaxValue, ["headers"]);

    private readonly HoconNode _root;

    private HoconDocument(HoconNode root)
    {
        _root = root;
        var entries = ImmutableArray.CreateBuilder<HoconEntry>();
        Flatten(root, [], entries);
        Entries = entries.ToImmutable();
    }

    /// <summary>
    /// All scalars, arrays and empty objects with their paths, in the order of the text; elements of arrays follow their array. The
    /// empty document <c>{}</c> has one without segments.
    /// </summary>
    public ImmutableArray<HoconEntry> Entries { get; }

    /// <summary>Reads a document; false with the first error and its place.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out HoconDocument? document, [NotNullWhen(false)] out HoconError? error)
    {
        document = null;
        error = utf8.Length > MaxLength ? new HoconError(HoconReasons.TooLong, 1, 1, "it is longer than 1 MiB")
            : utf8.StartsWith("\uFEFF"u8) || !Utf8.IsValid(utf8) ? new HoconError(HoconReasons.Encoding, 1, 1, "it is not UTF-8 without a byte order mark")
            : null;
        if (error is not null)
        {
            return false;
        }

        string text = Encoding.UTF8.GetString(utf8);
        error = FindControl(text);
        if (error is not null)
        {
            return false;
        }

        var scanner = new HoconScanner(text);
        HoconNode? root = new HoconParser(scanner).Document();
        error = scanner.Error;
        document = error is null && root is not null ? new HoconDocument(root) : null;
        error = document is null ? error ?? new HoconError(HoconReasons.Syntax, 1, 1, "it cannot be read") : null;
        return document is not null;
    }

    /// <summary>The document as JSON for records: what may be a secret is <c>***</c>, comments are gone.</summary>
    public string ToRedactedJson()
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            HoconJson.Write(_root, writer);
        }

        return Mask.TryMask(json.WrittenSpan, out string? text) ? text : "{}";
    }

    // Readers disagree whether a carriage return of its own ends a line, and with it a comment.
    private static HoconError? FindControl(string text)
    {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool isBad = char.IsControl(c) && c is not ('\t' or '\n') && (c != '\r' || i + 1 >= text.Length || text[i + 1] != '\n');
            if (isBad)
            {
                return new HoconError(HoconReasons.Character, line, i - lineStart + 1, "a control character");
            }

            if (c == '\n')
            {
                line++;
                lineStart = i + 1;
            }
        }

        return null;
    }

    private static void Flatten(HoconNode node, ImmutableArray<string> path, ImmutableArray<HoconEntry>.Builder into)
    {
        if (node.Kind != HoconKind.Object || node.Members.Count == 0)
        {
            into.Add(new HoconEntry(path, node.Kind, node.IsAppended, node.Line, node.Column));
        }

        foreach ((string key, HoconNode value) in node.Members)
        {
            Flatten(value, path.Add(key), into);
        }

        for (int i = 0; i < node.Items.Count; i++)
        {
            Flatten(node.Items[i], path.Add(i.ToString(CultureInfo.InvariantCulture)), into);
        }
    }
}
