using System.Globalization;
using System.Text.Json;

namespace Gatehouse.Engine.Tokens;

/// <summary>A JSON pointer (RFC 6901) to a claim. Names with dots need nothing, a slash in a name is written <c>~1</c>.</summary>
internal sealed class ClaimPointer
{
    private const int MaxLength = 512;
    private readonly string[] _steps;

    private ClaimPointer(string[] steps) => _steps = steps;

    /// <summary>Reads one; null when it is none, or points to the whole token.</summary>
    public static ClaimPointer? Parse(string text)
    {
        if (text.Length is 0 or > MaxLength || text[0] != '/')
        {
            return null;
        }

        string[] steps = text[1..].Split('/');
        for (int i = 0; i < steps.Length; i++)
        {
            if (!TryUnescape(steps[i], out steps[i]))
            {
                return null;
            }
        }

        return new ClaimPointer(steps);
    }

    /// <summary>The claim; false when it is not there.</summary>
    public bool TryFind(JsonElement claims, out JsonElement found)
    {
        found = claims;
        foreach (string step in _steps)
        {
            bool there = found.ValueKind switch
            {
                JsonValueKind.Object => found.TryGetProperty(step, out found),
                JsonValueKind.Array => TryIndex(found, step, out found),
                _ => false,
            };
            if (!there)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The text of a scalar: a string's value, a number as written, <c>true</c>, <c>false</c>; null for anything else.</summary>
    public static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };

    // Section 4: digits without a leading zero.
    private static bool TryIndex(JsonElement array, string step, out JsonElement found)
    {
        found = default;
        if (step.Length is 0 or > 5 || (step.Length > 1 && step[0] == '0')
            || !int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index >= array.GetArrayLength())
        {
            return false;
        }

        found = array[index];
        return true;
    }

    private static bool TryUnescape(string step, out string unescaped)
    {
        unescaped = step;
        for (int i = step.IndexOf('~'); i >= 0; i = step.IndexOf('~', i + 1))
        {
            if (i + 1 == step.Length || step[i + 1] is not ('0' or '1'))
            {
                return false;
            }
        }

        unescaped = step.Replace("~1", "/").Replace("~0", "~");
        return true;
    }
}
