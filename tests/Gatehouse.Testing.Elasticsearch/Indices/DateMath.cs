using System.Globalization;
using System.Text;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>Names such as <c>&lt;logs-{now/d-1M{yyyy.MM|+02:00}}&gt;</c>.</summary>
internal static class DateMath
{
    public static string Resolve(string expression, DateTimeOffset now)
    {
        if (expression.Length < 2 || expression[0] != '<' || expression[^1] != '>')
        {
            return expression;
        }

        var result = new StringBuilder();
        string text = expression[1..^1];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                result.Append(text[++i]);
            }
            else if (text[i] == '{')
            {
                int end = End(text, i, expression);
                result.Append(Evaluate(text[(i + 1)..end], now, expression));
                i = end;
            }
            else
            {
                result.Append(text[i] is not '}' ? text[i] : throw Bad(expression, "missing open brace"));
            }
        }

        return result.ToString();
    }

    /// <summary>Adds and rounds: <c>+1d</c>, <c>-2M</c>, <c>/d</c>.</summary>
    public static DateTimeOffset Calculate(string math, DateTimeOffset from)
    {
        DateTimeOffset at = from;
        for (int i = 0; i < math.Length;)
        {
            char sign = math[i++];
            int start = i;
            while (i < math.Length && char.IsAsciiDigit(math[i]))
            {
                i++;
            }

            int amount = i > start ? int.Parse(math.AsSpan(start, i - start), CultureInfo.InvariantCulture) : 1;
            if (i >= math.Length || sign is not ('+' or '-' or '/'))
            {
                throw ElasticsearchException.IllegalArgument($"failed to parse date math [{math}]");
            }

            at = sign == '/' ? Round(at, math[i]) : Add(at, math[i], sign == '-' ? -amount : amount);
            i++;
        }

        return at;
    }

    private static int End(string text, int open, string expression)
    {
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return i;
            }
        }

        throw Bad(expression, "date math placeholder is open ended");
    }

    private static string Evaluate(string placeholder, DateTimeOffset now, string expression)
    {
        string format = "uuuu.MM.dd";
        TimeSpan zone = TimeSpan.Zero;
        int brace = placeholder.IndexOf('{');
        string math = placeholder;
        if (brace >= 0)
        {
            math = placeholder[..brace];
            string inner = placeholder[(brace + 1)..].TrimEnd('}');
            int pipe = inner.IndexOf('|');
            format = pipe < 0 ? inner : inner[..pipe];
            if (pipe >= 0 && inner[(pipe + 1)..] is not ("UTC" or "Z"))
            {
                string offset = inner[(pipe + 1)..].Replace("UTC", "");
                zone = TimeSpan.Parse(offset.TrimStart('+', '-'), CultureInfo.InvariantCulture) * (offset[0] == '-' ? -1 : 1);
            }
        }

        if (!math.StartsWith("now", StringComparison.Ordinal))
        {
            throw Bad(expression, "missing date format");
        }

        return Format(Calculate(math[3..], now.ToOffset(zone)), format);
    }

    private static string Format(DateTimeOffset at, string format)
    {
        var result = new StringBuilder();
        for (int i = 0; i < format.Length;)
        {
            if (format[i] == '\'')
            {
                int end = format.IndexOf('\'', i + 1);
                end = end < 0 ? format.Length : end;
                result.Append(end == i + 1 ? "'" : format[(i + 1)..end]);
                i = end + 1;
                continue;
            }

            int run = 1;
            while (i + run < format.Length && format[i + run] == format[i])
            {
                run++;
            }

            result.Append(format[i] switch
            {
                'y' or 'u' => run == 2 ? (at.Year % 100).ToString("D2") : at.Year.ToString("D" + run),
                'M' => at.Month.ToString("D" + run),
                'd' => at.Day.ToString("D" + run),
                'D' => at.DayOfYear.ToString("D" + run),
                'H' => at.Hour.ToString("D" + run),
                'm' => at.Minute.ToString("D" + run),
                's' => at.Second.ToString("D" + run),
                'w' => ISOWeek.GetWeekOfYear(at.DateTime).ToString("D" + run),
                'x' or 'Y' => ISOWeek.GetYear(at.DateTime).ToString("D" + run),
                char c when char.IsAsciiLetter(c) => throw ElasticsearchException.IllegalArgument($"Invalid format: [{format}]"),
                char c => new string(c, run),
            });
            i += run;
        }

        return result.ToString();
    }

    private static DateTimeOffset Add(DateTimeOffset at, char unit, int amount) => unit switch
    {
        'y' => at.AddYears(amount),
        'M' => at.AddMonths(amount),
        'w' => at.AddDays(7 * amount),
        'd' => at.AddDays(amount),
        'h' or 'H' => at.AddHours(amount),
        'm' => at.AddMinutes(amount),
        's' => at.AddSeconds(amount),
        _ => throw ElasticsearchException.IllegalArgument($"unit [{unit}] not supported for date math"),
    };

    private static DateTimeOffset Round(DateTimeOffset at, char unit) => unit switch
    {
        'y' => new(at.Year, 1, 1, 0, 0, 0, at.Offset),
        'M' => new(at.Year, at.Month, 1, 0, 0, 0, at.Offset),
        'w' => Round(at.AddDays(-(((int)at.DayOfWeek + 6) % 7)), 'd'),
        'd' => new(at.Year, at.Month, at.Day, 0, 0, 0, at.Offset),
        'h' or 'H' => new(at.Year, at.Month, at.Day, at.Hour, 0, 0, at.Offset),
        'm' => new(at.Year, at.Month, at.Day, at.Hour, at.Minute, 0, at.Offset),
        's' => new(at.Year, at.Month, at.Day, at.Hour, at.Minute, at.Second, at.Offset),
        _ => throw ElasticsearchException.IllegalArgument($"unit [{unit}] not supported for date math"),
    };

    private static ElasticsearchException Bad(string expression, string why) =>
        new(400, "parse_exception", $"invalid dynamic name expression [{expression}]. {why}");
}
