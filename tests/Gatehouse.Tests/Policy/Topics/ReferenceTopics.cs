using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Tests.Policy.Topics;

/// <summary>
/// What filters mean, by trying every topic of a small alphabet: one letter in it stands in no pattern, and topics are a level deeper
/// than filters, so that what holds for these holds for all.
/// </summary>
internal static class ReferenceTopics
{
    private static readonly string[] Letters = ["a", "b", "$x", "", "z"];

    /// <summary>The empty one too, which no topic is: taking it for one denies more and allows less.</summary>
    public static readonly string[][] All = [.. Of(1), .. Of(2), .. Of(3), .. Of(4)];

    public static readonly string[][] Names = [.. All.Where(static topic => topic is not [""])];

    public static bool Matches(string filter, string[] topic, bool isWide) => Matches(filter.Split('/'), topic, isWide);

    public static bool Covers(string filter, string asked)
    {
        (string[] outer, string[] inner) = (filter.Split('/'), asked.Split('/'));
        return All.All(topic => !Matches(inner, topic, isWide: false) || Matches(outer, topic, isWide: false));
    }

    public static bool Meets(string filter, string asked)
    {
        (string[] one, string[] other) = (filter.Split('/'), asked.Split('/'));
        return All.Any(topic => Matches(other, topic, isWide: false) && Matches(one, topic, isWide: true));
    }

    /// <summary>A pattern for somebody; null where it matches nothing.</summary>
    public static string? Fill(string pattern, GrantEffect effect, Principal principal)
    {
        string[] levels = pattern.Split('/');
        int slot = Array.FindIndex(levels, static level => level.Contains("${username}"));
        if (slot < 0)
        {
            return pattern;
        }

        string name = principal.Name;
        bool isUsable = name.IndexOfAny(['+', '#', '/', '*']) < 0 && !(slot == 0 && levels[0].StartsWith("${username}") && name.StartsWith('$'));
        return isUsable ? pattern.Replace("${username}", name)
            : effect == GrantEffect.Allow ? null
            : string.Join('/', [.. levels[..slot], "#"]);
    }

    private static bool Matches(string[] filter, string[] topic, bool isWide) =>
        (isWide || filter[0] is not ("+" or "#") || !topic[0].StartsWith('$')) && Matches(filter, topic);

    private static bool Matches(ReadOnlySpan<string> filter, ReadOnlySpan<string> topic)
    {
        if (filter is ["#"])
        {
            return true;
        }

        return filter.IsEmpty || topic.IsEmpty
            ? filter.IsEmpty && topic.IsEmpty
            : (filter[0] == "+" || filter[0] == topic[0]) && Matches(filter[1..], topic[1..]);
    }

    private static IEnumerable<string[]> Of(int depth) =>
        depth == 0 ? [[]] : from head in Of(depth - 1) from letter in Letters select (string[])[.. head, letter];
}
