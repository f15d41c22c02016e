using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// Reads what an upstream says of its names (Elasticsearch: resolve index API, get alias API). Strictly: what misses a list or has
/// another type where a name is expected is no answer, for a name that was overlooked would be one that nobody denies.
/// </summary>
internal sealed class NamesReader
{
    /// <summary>Longest name, in bytes (Elasticsearch's own limit is 255).</summary>
    private const int MaxName = 1024;

    private readonly HashSet<string> _pool = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<KnownName> _names = [];

    private NamesReader() => _lookup = _pool.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Reads a response of <c>_resolve/index</c>.</summary>
    public static bool TryReadResolved(ReadOnlySpan<byte> json, [NotNullWhen(true)] out KnownNames? names) =>
        TryRead(json, static (NamesReader reader, ref Utf8JsonReader at) => reader.ReadResolved(ref at), out names);

    /// <summary>Reads a response of <c>_alias</c>, of clusters that have no data streams yet.</summary>
    public static bool TryReadAliases(ReadOnlySpan<byte> json, [NotNullWhen(true)] out KnownNames? names) =>
        TryRead(json, static (NamesReader reader, ref Utf8JsonReader at) => reader.ReadAliases(ref at), out names);

    private delegate void Read(NamesReader reader, ref Utf8JsonReader at);

    private static bool TryRead(ReadOnlySpan<byte> json, Read read, [NotNullWhen(true)] out KnownNames? names)
    {
        names = null;
        if (new StrictJson().Validate(json) != JsonError.None)
        {
            return false;
        }

        try
        {
            NamesReader reader = new();
            Utf8JsonReader at = new(json, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
            at.Read();
            read(reader, ref at);
            names = new KnownNames(reader._names);
            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private void ReadResolved(ref Utf8JsonReader at)
    {
        int lists = 0;
        Expect(at, JsonTokenType.StartObject);
        while (NextMember(ref at))
        {
            (NameKind Kind, bool IsNames) list = at.ValueTextEquals("indices"u8) ? (NameKind.Index, true)
                : at.ValueTextEquals("aliases"u8) ? (NameKind.Alias, true)
                : (NameKind.Stream, at.ValueTextEquals("data_streams"u8));
            at.Read();
            if (!list.IsNames)
            {
                at.Skip();
                continue;
            }

            lists++;
            Expect(at, JsonTokenType.StartArray);
            while (at.Read() && at.TokenType != JsonTokenType.EndArray)
            {
                _names.Add(ReadOne(ref at, list.Kind));
            }
        }

        if (lists != 3)
        {
            throw new JsonException("a list is missing");
        }
    }

    private KnownName ReadOne(ref Utf8JsonReader at, NameKind kind)
    {
        string? name = null;
        string? stream = null;
        IReadOnlyList<string> others = [];
        Expect(at, JsonTokenType.StartObject);
        while (NextMember(ref at))
        {
            bool isOthers = kind switch
            {
                NameKind.Index => at.ValueTextEquals("aliases"u8),
                NameKind.Alias => at.ValueTextEquals("indices"u8),
                _ => at.ValueTextEquals("backing_indices"u8),
            };
            bool isName = at.ValueTextEquals("name"u8);
            bool isStream = kind == NameKind.Index && at.ValueTextEquals("data_stream"u8);
            at.Read();
            if (isName)
            {
                name = ReadName(at);
            }
            else if (isStream)
            {
                stream = ReadName(at);
            }
            else if (isOthers)
            {
                others = ReadNames(ref at);
            }
            else
            {
                at.Skip();
            }
        }

        return new KnownName(name ?? throw new JsonException("an entry without a name"), kind, others, stream);
    }

    private void ReadAliases(ref Utf8JsonReader at)
    {
        Dictionary<string, List<string>> members = new(StringComparer.Ordinal);
        Expect(at, JsonTokenType.StartObject);
        while (NextMember(ref at))
        {
            string index = ReadName(at);
            List<string> aliases = [];
            bool isThere = false;
            at.Read();
            Expect(at, JsonTokenType.StartObject);
            while (NextMember(ref at))
            {
                bool isAliases = at.ValueTextEquals("aliases"u8);
                at.Read();
                if (!isAliases)
                {
                    at.Skip();
                    continue;
                }

                isThere = true;
                Expect(at, JsonTokenType.StartObject);
                while (NextMember(ref at))
                {
                    aliases.Add(ReadName(at));
                    at.Read();
                    at.Skip();
                }
            }

            _names.Add(isThere ? new KnownName(index, NameKind.Index, aliases) : throw new JsonException("no aliases"));
            foreach (string alias in aliases)
            {
                (members.TryGetValue(alias, out List<string>? list) ? list : members[alias] = []).Add(index);
            }
        }

        _names.AddRange(members.Select(static pair => new KnownName(pair.Key, NameKind.Alias, pair.Value)));
    }

    // One name alone comes as a text from some versions.
    private List<string> ReadNames(ref Utf8JsonReader at)
    {
        if (at.TokenType == JsonTokenType.String)
        {
            return [ReadName(at)];
        }

        List<string> names = [];
        Expect(at, JsonTokenType.StartArray);
        while (at.Read() && at.TokenType != JsonTokenType.EndArray)
        {
            names.Add(ReadName(at));
        }

        names.TrimExcess();
        return names;
    }

    // Most names come twice, as themselves and where they belong.
    private string ReadName(Utf8JsonReader at)
    {
        if (at.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || at.ValueSpan.Length is 0 or > MaxName)
        {
            throw new JsonException("no name");
        }

        Span<char> text = stackalloc char[at.ValueSpan.Length];
        text = text[..at.CopyString(text)];
        if (_lookup.TryGetValue(text, out string? known))
        {
            return known;
        }

        string name = new(text);
        _pool.Add(name);
        return name;
    }

    private static bool NextMember(ref Utf8JsonReader at) => at.Read() && at.TokenType == JsonTokenType.PropertyName;

    private static void Expect(in Utf8JsonReader at, JsonTokenType type)
    {
        if (at.TokenType != type)
        {
            throw new JsonException("another type");
        }
    }
}
