using System.Text.Json;
using System.Text.Unicode;
using Gatehouse.Engine.Administration;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// The members of a JSON object, each asked for by name. What was never asked for, or is of another type, is the fault of the
/// whole body; the first one counts. Texts of values never enter a fault: they may be passwords.
/// </summary>
internal sealed class JsonFields
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<JsonFields> _children = [];
    private readonly string _place;
    private string? _wrong;

    private JsonFields(JsonElement element, string place)
    {
        _place = place;
        try
        {
            foreach (JsonProperty member in element.EnumerateObject())
            {
                _members[member.Name] = member.Value;
            }
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in the escape of a name.
            _wrong = $"a name in [{_place}] is no text";
        }
    }

    /// <summary>Names of the members.</summary>
    public IEnumerable<string> Names => _members.Keys;

    /// <summary>Reads a body; null with a reason when it is no JSON object. An empty body is one without members where that may be.</summary>
    public static JsonFields? Read(ReadOnlyMemory<byte> utf8, bool mayBeEmpty, out string? wrong)
    {
        wrong = null;
        if (utf8.IsEmpty)
        {
            wrong = mayBeEmpty ? null : "request body is required";
            return mayBeEmpty ? new JsonFields(JsonDocument.Parse("{}").RootElement, "body") : null;
        }

        wrong = "request body is not one strict JSON object: no UTF-8, a member that is repeated, or no object";
        if (!Utf8.IsValid(utf8.Span))
        {
            return null;
        }

        try
        {
            // Not disposed: without pooled memory it has nothing to give back, and elements are kept until the answer is written.
            var document = JsonDocument.Parse(utf8, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            wrong = null;
            return new JsonFields(document.RootElement, "body");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The exception's own text may quote a value.
            return null;
        }
    }

    /// <summary>The first thing that is wrong, unknown members among them; null when all is well. Ask last.</summary>
    public string? Fault()
    {
        string? unknown = _members.Keys.FirstOrDefault(name => !_known.Contains(name));
        return _wrong
            ?? (unknown is null ? null : $"unknown field [{AdminRequestReader.Shown(unknown)}] in [{_place}]")
            ?? _children.Select(static child => child.Fault()).FirstOrDefault(static fault => fault is not null);
    }

    /// <summary>Says that something is wrong with a member.</summary>
    public void Refuse(string reason) => _wrong ??= reason;

    /// <summary>Whether it is there, and not <c>null</c>.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text.</summary>
    public string? Text(string name) => Find(name) is { } value ? TextOf(value, name) : null;

    /// <summary>A truth value.</summary>
    public bool? Flag(string name) => Find(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : Wrong<bool?>(name, "true or false");

    /// <summary>A number from 0 on.</summary>
    public int? Number(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 ? number : Wrong<int?>(name, "a number from 0 on");

    /// <summary>A list of texts; one text stands for a list of it. Null when it is not there.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return TextOf(value, name) is { } one ? [one] : [];
        }

        List<string> texts = [];
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (TextOf(item, name) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    /// <summary>An object.</summary>
    public JsonFields? Object(string name) => Find(name) is { } value ? Child(value, name) : null;

    /// <summary>A list of objects; empty when it is not there.</summary>
    public IReadOnlyList<JsonFields> Objects(string name)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return Wrong<IReadOnlyList<JsonFields>>(name, "a list of objects") ?? [];
        }

        return [.. value.EnumerateArray().Select(item => Child(item, name)).OfType<JsonFields>()];
    }

    /// <summary>The member as it is.</summary>
    public JsonElement? Find(string name)
    {
        _known.Add(name);
        return _members.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>An object of the client's own words: its names; null when it is not there.</summary>
    public IReadOnlyList<string>? FreeNames(string name)
    {
        if (Object(name) is not { } child)
        {
            return null;
        }

        // Its members are nobody's to know.
        child.Ignore([.. child.Names]);
        return [.. child.Names];
    }

    /// <summary>Members that are read and not kept, because nobody gets a right by them.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _known.Add(name);
        }
    }

    /// <summary>A member that would have to narrow rights and cannot: only its empty form is accepted.</summary>
    public void MustBeEmpty(string name, string why)
    {
        bool isEmpty = Find(name) is not { } value || value.ValueKind switch
        {
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.String => value.ValueEquals(""),
            _ => false,
        };
        if (!isEmpty)
        {
            Refuse($"[{name}] is not supported: {why}");
        }
    }

    private JsonFields? Child(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return Wrong<JsonFields>(name, "an object");
        }

        var child = new JsonFields(value, name);
        _children.Add(child);
        return child;
    }

    private string? TextOf(JsonElement value, string name)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : Wrong<string>(name, "a text");
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in an escape.
            return Wrong<string>(name, "a text");
        }
    }

    private T? Wrong<T>(string name, string expected)
    {
        _wrong ??= $"[{AdminRequestReader.Shown(name)}] in [{_place}] must be {expected}";
        return default;
    }
}
