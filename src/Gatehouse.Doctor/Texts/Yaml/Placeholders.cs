using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Doctor.Texts.Yaml;

/// <summary>A text with its <c>${NAME}</c> and <c>${NAME:default}</c> filled in, or why it cannot be.</summary>
/// <param name="Value">The text, or null.</param>
/// <param name="Names">The variables in it.</param>
/// <param name="Reason">Why there is no text.</param>
/// <param name="Origins">Where the variables are set.</param>
internal sealed record Placeholders(string? Value, string Names, string? Reason, ImmutableArray<Origin> Origins)
{
    /// <summary>Fills a text from an environment; a variable that is not in it may be in a keystore.</summary>
    public static Placeholders Fill(string text, EnvironmentVariables? environment)
    {
        var filled = new StringBuilder();
        var names = new List<string>();
        var origins = ImmutableArray.CreateBuilder<Origin>();
        string? reason = null;
        int at = 0;
        while (at < text.Length)
        {
            int start = text.IndexOf("${", at, StringComparison.Ordinal);
            int end = start < 0 ? -1 : text.IndexOf('}', start);
            if (end < 0)
            {
                break;
            }

            string inside = text[(start + 2)..end];
            int colon = inside.IndexOf(':', StringComparison.Ordinal);
            string name = Shown(colon < 0 ? inside : inside[..colon]);
            EnvironmentVariable? variable = environment?.Find(name);
            string? otherwise = colon >= 0 && environment is { IsComplete: true } ? inside[(colon + 1)..] : null;
            names.Add(name);
            filled.Append(text, at, start - at).Append(variable is null ? otherwise : variable.Value);
            reason ??= (variable is null && otherwise is null) || variable is { Value: null } ? $"the variable `{name}` is not known" : null;
            if (variable is not null && origins.Count < TextLimits.MaxOrigins)
            {
                origins.Add(variable.Origin);
            }

            at = end + 1;
        }

        filled.Append(text, at, text.Length - at);
        return new Placeholders(reason is null ? filled.ToString() : null, string.Join(' ', names.Distinct(StringComparer.Ordinal).Take(16)), reason, origins.ToImmutable());
    }

    private static string Shown(string name) => string.Concat(name.Take(100).Select(static c => char.IsControl(c) ? '?' : c));
}
