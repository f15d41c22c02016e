using System.Globalization;
using System.Text;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>Reads the options column of a catalogue line.</summary>
internal static class CatalogueOptions
{
    /// <summary>Largest JSON body: it is held in memory.</summary>
    public const long MaxJson = 64L << 20;

    private const long DefaultJson = 1L << 20;

    private static readonly string[] Names =
    [
        "body", "content-type", "encoding", "fields", "query", "repeat", "any-principal", "upgrade", "trailing-slash", "when", "secret-body",
    ];

    /// <summary>Applies one option; gives what is wrong, or null.</summary>
    public static string? Apply(EndpointDefinition endpoint, string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? option : option[..equals];
        string value = equals < 0 ? "" : option[(equals + 1)..];
        bool flag = name is "any-principal" or "upgrade" or "secret-body";
        if (!Names.Contains(name, StringComparer.Ordinal))
        {
            return $"unknown option `{name}`; known are {string.Join(", ", Names)}";
        }

        if (flag != equals < 0 || (!flag && value.Length == 0))
        {
            return flag ? $"`{name}` takes no value" : $"`{name}` needs a value: `{name}=...`";
        }

        return name switch
        {
            "any-principal" => Set(() => endpoint.IsAnyPrincipal = true),
            "secret-body" => Set(() => endpoint.IsBodySecret = true),
            "upgrade" => Set(() => endpoint.AllowsUpgrade = true),
            "body" => Body(endpoint, value),
            "content-type" => ContentTypes(endpoint, value),
            "encoding" => Encoded(endpoint, value),
            "fields" => Fields(endpoint, value),
            "query" => Parameters(value, () => endpoint.AnyQuery = true, list => endpoint.Query = [.. endpoint.Query, .. list]),
            "repeat" => Parameters(value, () => endpoint.AnyRepeat = true, list => endpoint.Repeat = [.. endpoint.Repeat, .. list]),
            "trailing-slash" => Slash(endpoint, value),
            _ => "`when` must be a JSON pointer",
        };
    }

    private static string? Set(Action set)
    {
        set();
        return null;
    }

    private static string? Body(EndpointDefinition endpoint, string value)
    {
        int open = value.IndexOf('(', StringComparison.Ordinal);
        string kind = open < 0 ? value : value[..open];
        long? size = null;
        if (open >= 0)
        {
            if (!value.EndsWith(')') || Size(value[(open + 1)..^1]) is not { } given)
            {
                return $"`{value}`: the size is a number with `B`, `KiB`, `MiB` or `GiB`";
            }

            size = given;
        }

        switch (kind)
        {
            case "none" when size is null:
                endpoint.BodyMode = BodyMode.None;
                return null;
            case "stream":
                endpoint.BodyMode = BodyMode.Stream;
                endpoint.MaxBody = size;
                return null;
            case "json" when size is null or <= MaxJson:
                endpoint.BodyMode = BodyMode.Json;
                endpoint.MaxBody = size ?? DefaultJson;
                if (endpoint.ContentTypes.Length == 0)
                {
                    endpoint.ContentTypes = ["application/json"];
                }

                return null;
            case "json":
                return "a JSON body is held in memory: 64MiB at most";
            default:
                return $"`{value}` is none of `none`, `json(SIZE)`, `stream(SIZE)`";
        }
    }

    private static long? Size(string text)
    {
        int digits = text.TakeWhile(char.IsAsciiDigit).Count();
        int shift = text[digits..] switch { "" or "B" => 0, "KiB" => 10, "MiB" => 20, "GiB" => 30, _ => -1 };
        return shift >= 0 && digits is >= 1 and <= 9 &&
            long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0
            ? number << shift
            : null;
    }

    private static string? ContentTypes(EndpointDefinition endpoint, string value)
    {
        string[] types = [.. value.Split(',').Select(static t => t.ToLowerInvariant())];
        string? bad = types.FirstOrDefault(static t => !MediaTypes.IsType(t));
        endpoint.ContentTypes = types;
        return bad is null ? null : $"`{bad}` is no media type such as `application/json`";
    }

    private static string? Encoded(EndpointDefinition endpoint, string value)
    {
        endpoint.IsBase64 = value == "base64";
        return value is "base64" or "plain" ? null : $"`{value}` is neither `base64` nor `plain`";
    }

    private static string? Fields(EndpointDefinition endpoint, string value)
    {
        if (value == "any")
        {
            endpoint.AnyField = true;
            return null;
        }

        foreach (string item in value.Split(','))
        {
            if (JsonPointer.Parse(item, mayBeOpen: true) is not { } pointer)
            {
                return $"`{item}` is not a JSON pointer such as `/key` or `/items/*/name`";
            }

            endpoint.Fields = [.. endpoint.Fields, pointer];
        }

        return null;
    }

    private static string? Parameters(string value, Action any, Action<byte[][]> list)
    {
        if (value == "any")
        {
            any();
            return null;
        }

        string[] names = value.Split(',');
        list([.. names.Select(Encoding.UTF8.GetBytes)]);
        return names.Any(static n => n.Length == 0) ? "an empty parameter name" : null;
    }

    private static string? Slash(EndpointDefinition endpoint, string value)
    {
        TrailingSlash? slash = value switch
        {
            "refuse" => TrailingSlash.Refuse,
            "strip" => TrailingSlash.Strip,
            "keep" => TrailingSlash.Keep,
            _ => null,
        };
        endpoint.TrailingSlash = slash ?? TrailingSlash.Refuse;
        return slash is null ? $"`{value}` is none of `refuse`, `strip`, `keep`" : null;
    }
}
