using System.Globalization;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>A version of EMQX.</summary>
/// <param name="Major">First number.</param>
/// <param name="Minor">Second number.</param>
/// <param name="Patch">Third number.</param>
internal readonly record struct EmqxRelease(int Major, int Minor, int Patch)
{
    /// <summary>Reads <c>5.8.6</c>, <c>e5.0.2</c>, <c>6.3.0-beta.2</c>; null for anything else.</summary>
    public static EmqxRelease? Parse(string? text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        rest = rest is ['e' or 'v', ..] ? rest[1..] : rest;
        int end = rest.IndexOfAny('-', '+');
        string[] parts = (end < 0 ? rest : rest[..end]).ToString().Split('.');
        return parts.Length == 3 && Number(parts[0], out int major) && Number(parts[1], out int minor) && Number(parts[2], out int patch)
            ? new EmqxRelease(major, minor, patch)
            : null;
    }

    /// <summary>Whether it is older than another.</summary>
    public bool IsBefore(int major, int minor, int patch = 0) => (Major, Minor, Patch).CompareTo((major, minor, patch)) < 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}.{Patch}";

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && text.Length <= 4;
}
