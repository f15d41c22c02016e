using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>What a body says of an API key: its rights, its end, its notes.</summary>
internal sealed class KeyBody
{
    private const int MaxMetadata = 4096;

    private KeyBody()
    {
    }

    /// <summary>Its name; null where none is given.</summary>
    public string? Name { get; private init; }

    /// <summary>Its grants; null where nothing is said of them.</summary>
    public ImmutableArray<Grant>? Grants { get; private init; }

    /// <summary>Whether descriptors were given and none of them gives a right.</summary>
    public bool IsWithoutRights => Grants is { IsEmpty: true };

    /// <summary>How long it lives; null where nothing is said, or for ever.</summary>
    public TimeSpan? Life { get; private init; }

    /// <summary>Whether an end is given.</summary>
    public bool HasLife { get; private init; }

    /// <summary>Notes, a JSON object; null where none are given.</summary>
    public string? Metadata { get; private init; }

    /// <summary>Reads the members; what is wrong is said to <paramref name="body"/>, whose fault is to be asked for.</summary>
    public static KeyBody Read(JsonFields body)
    {
        string? type = body.Text("type");
        if (type is not (null or "rest"))
        {
            body.Refuse("[type] is not supported: keys of Gatehouse are of type [rest]");
        }

        string? expiration = body.Text("expiration");
        TimeSpan? life = null;
        if (expiration is not null && expiration != "-1" && !TryParse(expiration, out life))
        {
            body.Refuse("failed to parse [expiration]: a number and one of d, h, m, s, ms, micros, nanos, above 0 and at most 100 years");
        }

        return new KeyBody
        {
            Name = body.Text("name"),
            Grants = ReadDescriptors(body),
            HasLife = expiration is not null,
            Life = life,
            Metadata = ReadMetadata(body),
        };
    }

    private static ImmutableArray<Grant>? ReadDescriptors(JsonFields body)
    {
        if (body.Object("role_descriptors") is not { } descriptors)
        {
            return null;
        }

        ImmutableArray<Grant>.Builder grants = ImmutableArray.CreateBuilder<Grant>();
        bool isGiven = false;
        foreach (string name in descriptors.Names)
        {
            isGiven = true;
            if (descriptors.Object(name) is { } descriptor)
            {
                descriptor.Ignore("description");
                grants.AddRange(ElasticRoles.Read(descriptor, isKey: true));
            }
        }

        // As in Elasticsearch: no descriptor at all is all the owner has, one that gives nothing is nothing.
        return isGiven ? grants.ToImmutable() : [ElasticRoles.Everything];
    }

    private static string? ReadMetadata(JsonFields body)
    {
        if (body.FreeNames("metadata") is not { } names || body.Find("metadata") is not { } metadata)
        {
            return null;
        }

        if (names.Any(static name => name.StartsWith('_')))
        {
            body.Refuse("[metadata] must be an object whose keys do not start with [_]");
            return null;
        }

        string text = JsonSerializer.Serialize(metadata);
        if (text.Length > MaxMetadata)
        {
            body.Refuse($"[metadata] is longer than {MaxMetadata} characters");
        }

        return names.Count == 0 ? "" : text;
    }

    private static bool TryParse(string text, out TimeSpan? life)
    {
        life = null;
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits is < 1 or > 15 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
        {
            return false;
        }

        double seconds = text[digits..] switch
        {
            "d" => 86400,
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            "ms" => 1e-3,
            "micros" => 1e-6,
            "nanos" => 1e-9,
            _ => 0,
        } * count;
        if (seconds is <= 0 or > 100 * 366 * 86400d)
        {
            return false;
        }

        life = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
