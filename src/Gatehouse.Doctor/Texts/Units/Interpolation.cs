using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Doctor.Texts.Units;

/// <summary>
/// A text with Compose's <c>$NAME</c>, <c>${NAME}</c>, <c>${NAME:-default}</c>, <c>${NAME-default}</c>, <c>${NAME:?error}</c>, <c>${NAME:+other}</c> filled in, or
/// why it cannot be. <c>$$</c> is a dollar.
/// </summary>
/// <param name="Value">The text, or null.</param>
/// <param name="Names">The variables in it.</param>
/// <param name="Reason">Why there is no text.</param>
/// <param name="Origins">Where the variables are set.</param>
internal sealed record Interpolation(string? Value, ImmutableArray<string> Names, string? Reason, ImmutableArray<Origin> Origins)
{
    private const int MaxDepth = 10;

    /// <summary>Fills a text. What is not in an environment that is not complete may be set in the shell, so it is unknown.</summary>
    public static Interpolation Fill(string text, EnvironmentVariables? environment)
    {
        var filler = new Filler(environment ?? EnvironmentVariables.Unknown);
        string value = filler.Fill(text, 0);
        return new Interpolation(filler.Reason is null ? value : null, [.. filler.Names.Distinct(StringComparer.Ordinal).Take(TextLimits.MaxOrigins)], filler.Reason, [.. filler.Origins.Take(TextLimits.MaxOrigins)]);
    }

    private sealed class Filler(EnvironmentVariables environment)
    {
        public string? Reason { get; private set; }

        public List<string> Names { get; } = [];

        public List<Origin> Origins { get; } = [];

        public string Fill(string text, int depth)
        {
            if (depth > MaxDepth)
            {
                Reason ??= "substitutions stand too deep in each other";
                return "";
            }

            var filled = new StringBuilder();
            for (int at = 0; at < text.Length; at++)
            {
                if (text[at] != '$' || at + 1 == text.Length)
                {
                    filled.Append(text[at]);
                }
                else if (text[at + 1] == '$')
                {
                    filled.Append('$');
                    at++;
                }
                else if (text[at + 1] == '{' && Close(text, at + 2) is > 0 and int close)
                {
                    filled.Append(Braced(text[(at + 2)..close], depth));
                    at = close;
                }
                else
                {
                    int end = NameEnd(text, at + 1);
                    filled.Append(end > at + 1 ? Look(text[(at + 1)..end], null) : "$");
                    at = end > at + 1 ? end - 1 : at;
                }
            }

            return filled.ToString();
        }

        private string Braced(string inside, int depth)
        {
            int end = NameEnd(inside, 0);
            string name = inside[..end];
            string rest = inside[end..];
            bool isStrict = rest.StartsWith(':');
            string sign = isStrict ? rest[1..] : rest;
            if (name.Length == 0 || (rest.Length > 0 && sign is not (['-' or '?' or '+', ..])))
            {
                Reason ??= "a substitution is malformed";
                return "";
            }

            if (sign.Length > 0 && sign[0] == '+')
            {
                string? there = Look(name, "");
                return there.Length == 0 && isStrict ? "" : environment.Find(name) is null ? "" : Fill(sign[1..], depth + 1);
            }

            bool isDefault = sign.Length > 0 && sign[0] == '-';
            if (isDefault && environment.Find(name) is { Value: "" } && isStrict)
            {
                Names.Add(name);
                return Fill(sign[1..], depth + 1);
            }

            return isDefault && environment.Find(name) is null && environment.IsComplete
                ? Named(name, Fill(sign[1..], depth + 1))
                : Look(name, null);
        }

        private string Named(string name, string value)
        {
            Names.Add(name);
            return value;
        }

        private string Look(string name, string? otherwise)
        {
            Names.Add(name);
            EnvironmentVariable? variable = environment.Find(name);
            if (variable is not null)
            {
                Origins.Add(variable.Origin);
            }

            if (variable is { Value: null } || (variable is null && !environment.IsComplete))
            {
                Reason ??= $"the variable `{name}` is not known";
            }

            return variable?.Value ?? otherwise ?? "";
        }

        private static int NameEnd(string text, int at)
        {
            int end = at;
            while (end < text.Length && (char.IsAsciiLetter(text[end]) || text[end] == '_' || (end > at && char.IsAsciiDigit(text[end]))))
            {
                end++;
            }

            return end;
        }

        private static int Close(string text, int at)
        {
            int open = 1;
            for (; at < text.Length; at++)
            {
                open += text[at] == '}' ? -1 : text[at] == '{' && text[at - 1] == '$' ? 1 : 0;
                if (open == 0)
                {
                    return at;
                }
            }

            return -1;
        }
    }
}
