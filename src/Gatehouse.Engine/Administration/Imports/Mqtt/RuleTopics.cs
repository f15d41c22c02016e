namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>Topics of foreign rules in our words.</summary>
internal static class RuleTopics
{
    /// <summary>Every topic.</summary>
    public const string Every = "#";

    // A topic that nobody has: a filter that matches it is made of wildcards.
    private const string Nobodys = "no-topic-of-anybody";

    // Reaches whatever there is.
    private const string Open = "${}";

    private static readonly Dictionary<string, int> Wrappers = new(StringComparer.Ordinal) { ["$share"] = 2, ["$queue"] = 1, ["$exclusive"] = 1, ["$delayed"] = 2 };

    /// <summary>Every topic as EMQX's <c>all</c>: of an allow those that do not begin with <c>$</c>, as some versions have it, of a deny all.</summary>
    public static RuleTopic All(bool isAllow) =>
        new() { Original = Every, Allow = Every, Deny = Every, Reach = isAllow ? Every : Open, IsExact = true };

    /// <summary>A filter of EMQX, with its placeholders.</summary>
    public static RuleTopic Emqx(string text)
    {
        if (text.StartsWith("eq ", StringComparison.Ordinal))
        {
            return Literally(text[3..]);
        }

        return Read(text, static level =>
        {
            if (level.Contains("%u", StringComparison.Ordinal) || level.Contains("%c", StringComparison.Ordinal))
            {
                return (null, "`%u` and `%c` are placeholders of EMQX 4 and plain text since; write `${username}` and `${clientid}` where they are meant");
            }

            string read = level
                .Replace("${cert_common_name}", "${cert.cn}", StringComparison.Ordinal)
                .Replace("${$}", "$", StringComparison.Ordinal);
            bool isKnown = Without(level, "${cert_common_name}", "${$}", "${username}", "${clientid}").Contains("${", StringComparison.Ordinal)
                || Without(read, "${cert.cn}", "${username}", "${clientid}").Contains("${", StringComparison.Ordinal)
                || (level.Contains("${$}", StringComparison.Ordinal) && level.Contains("${$}{", StringComparison.Ordinal));
            return isKnown ? (null, "a placeholder stands for nothing here") : (read, null);
        });
    }

    /// <summary>A filter that EMQX compares as text with what is asked for: <c>{eq, F}</c>.</summary>
    public static RuleTopic Literally(string text)
    {
        RuleTopic topic = Read(text, PlainLevel);
        string[] levels = text.Split('/');
        if (topic.Allow is null || topic.IsWidened || !levels.Any(TopicFilters.IsWildcard))
        {
            return topic;
        }

        string nobodys = string.Join('/', levels.Select(static level => level switch
        {
            "+" => Nobodys,
            "#" => string.Join('/', Enumerable.Repeat(Nobodys, 4)),
            _ => level,
        }));
        return topic with
        {
            Allow = null,
            IsExact = false, // an allow of it holds none of what the filter matches
            Deny = null, // no message has a topic with wildcards
            DenySubscribe = nobodys,
            Why = $"`eq` compares text: an allow of `{RoleNames.Shown(text)}` alone cannot be given; a deny stops what would reach `{nobodys}`, which needs as many wildcards",
        };
    }

    /// <summary>A filter of mosquitto; in a pattern <c>%u</c> and <c>%c</c> stand for user name and client id.</summary>
    public static RuleTopic Mosquitto(string text, bool isPattern) => Read(text, level => level switch
    {
        "%u" when isPattern => ("${username}", null),
        "%c" when isPattern => ("${clientid}", null),
        _ when isPattern && (level.Contains("%u", StringComparison.Ordinal) || level.Contains("%c", StringComparison.Ordinal)) =>
            (null, "`%u` and `%c` stand for something only where they are all of a level"),
        _ => PlainLevel(level),
    });

    private static (string? Level, string? Why) PlainLevel(string level) =>
        level.Contains("${", StringComparison.Ordinal) ? (null, "what is plain text there would be a placeholder here") : (level, null);

    private static string Without(string text, params ReadOnlySpan<string> parts)
    {
        foreach (string part in parts)
        {
            text = text.Replace(part, "", StringComparison.Ordinal);
        }

        return text;
    }

    private static RuleTopic Read(string text, Func<string, (string? Level, string? Why)> convert)
    {
        string[] levels = text.Split('/');
        if (text.Length == 0)
        {
            return new RuleTopic { Original = text, Reach = text, Why = "an empty topic means nothing" };
        }

        if (Wrappers.TryGetValue(levels[0], out int behind))
        {
            RuleTopic inner = Read(levels.Length > behind ? string.Join('/', levels.Skip(behind)) : Every, convert);
            string wide = inner.Deny ?? Every;
            return new RuleTopic
            {
                Original = text,
                Deny = wide,
                Reach = inner.IsWidened ? inner.Reach : wide,
                IsWidened = true,
                Why = $"`{levels[0]}` is taken off before a decision here; what counts is the topic behind it",
            };
        }

        var kept = new List<string>();
        foreach (string level in levels)
        {
            bool isLast = kept.Count == levels.Length - 1;
            bool isFilter = TopicFilters.IsWildcard(level) ? level == "+" || isLast : !level.AsSpan().ContainsAny('+', '#');
            (string? read, string? why) = isFilter ? convert(level) : (null, "it is no topic filter: `+` is all of a level, `#` the last one");
            if (read is null)
            {
                kept.Add(Every);
                string wide = string.Join('/', kept);
                return new RuleTopic
                {
                    Original = text,
                    Deny = wide,
                    Reach = kept.Count == 1 ? Open : wide,
                    IsWidened = true,
                    Why = $"`{RoleNames.Shown(text)}`: {why}",
                };
            }

            kept.Add(read);
        }

        string filter = string.Join('/', kept);
        return new RuleTopic { Original = text, Allow = filter, Deny = filter, Reach = filter, IsExact = true };
    }
}
