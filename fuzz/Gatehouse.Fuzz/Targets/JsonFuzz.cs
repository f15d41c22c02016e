using System.Text.Json;
using Gatehouse.Protocols.Json;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>Strict JSON: never accepts what the runtime's own strict reader refuses, and refuses more only for named reasons.</summary>
public sealed class JsonFuzz : IFuzzTarget
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly StrictJson _json = new();

    /// <inheritdoc/>
    public string Name => "json";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\"a\":", "\"\\u0061\":", "\\ud83d\\ude00", "\\ud800", "null", "true", "false", "-0.0e+1", "1", "NaN",
        "//", "/*", "\ufeff", "\u00e9", "\\\"", "\\\\", "{\"a\":{\"a\":[]}}",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        JsonError error = _json.Validate(input);
        bool accepted = Accepts(input.ToArray());
        if (error == JsonError.None)
        {
            Require(accepted, "what is accepted here the runtime accepts too");
            return;
        }

        // The runtime leaves half surrogates to whoever reads the string, and has no limits on numbers and names.
        bool stricter = error is JsonError.LoneSurrogate or JsonError.NumberTooLong or JsonError.NameTooLong or JsonError.InvalidUtf8
            or JsonError.ByteOrderMark;
        Require(!accepted || stricter, "what is refused here the runtime refuses too: " + error);
    }

    private static bool Accepts(byte[] text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Strict);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // The duplicate check unescapes names and throws this for half surrogates.
            return false;
        }
    }
}
