namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Topic filters against each other, as EMQX compares them and as topics really fall (MQTT 5.0, section 4.7).</summary>
internal static class TopicFilters
{
    /// <summary>
    /// Whether a rule's filter matches a filter that somebody asks to subscribe, as EMQX does it: the asked one is taken for a topic,
    /// word by word, and <c>+</c> takes any one word, a wildcard too.
    /// </summary>
    public static bool Matches(string rule, string asked)
    {
        string[] ours = rule.Split('/'), theirs = asked.Split('/');
        if (asked.StartsWith('$') && ours[0] is ("#" or "+"))
        {
            return false;
        }

        for (int i = 0; i < ours.Length; i++)
        {
            if (ours[i] == "#")
            {
                return true;
            }

            if (i >= theirs.Length || (ours[i] != "+" && ours[i] != theirs[i]))
            {
                return false;
            }
        }

        return ours.Length == theirs.Length;
    }

    /// <summary>Whether there is a topic that both match.</summary>
    public static bool Overlap(string one, string other)
    {
        string[] ours = one.Split('/'), theirs = other.Split('/');
        bool isSpecial = one.StartsWith('$') || other.StartsWith('$');
        if (isSpecial && (ours[0] is "#" or "+" || theirs[0] is "#" or "+"))
        {
            return false;
        }

        for (int i = 0; ; i++)
        {
            string? mine = i < ours.Length ? ours[i] : null, yours = i < theirs.Length ? theirs[i] : null;
            if (mine == "#" || yours == "#" || (mine is null && yours is null))
            {
                return true;
            }

            if (mine is null || yours is null || (mine != "+" && yours != "+" && mine != yours))
            {
                return false;
            }
        }
    }

    /// <summary>Whether it has a wildcard.</summary>
    public static bool HasWildcard(string filter) => filter.Split('/').Any(static word => word is "+" or "#");
}
