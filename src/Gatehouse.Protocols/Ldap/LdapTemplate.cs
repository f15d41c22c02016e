using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gatehouse.Identity;

namespace Gatehouse.Protocols.Ldap;

/// <summary>
/// Filters and names with places for values: <c>{0}</c>, in filters for groups also <c>{1}</c>. Values are escaped before they
/// are put in, so that the shape of what comes out is the template's, whatever the value is.
/// </summary>
public static partial class LdapTemplate
{
    /// <summary>Groups that name their members as most directories do.</summary>
    public const string DefaultGroupFilter = "(|(member={0})(uniqueMember={0})(memberUid={1}))";

    /// <summary>Users by their short name.</summary>
    public const string DefaultUserFilter = "(uid={0})";

    /// <summary>A filter with values put in.</summary>
    /// <exception cref="FormatException">The template is not well-formed, which its check would have found.</exception>
    public static LdapFilter Filter(string template, string first, string second = "")
    {
        // Escaped values hold no braces: what is put in for {0} is never taken for {1}.
        string text = template.Replace("{0}", LdapFilter.Escape(first), StringComparison.Ordinal)
            .Replace("{1}", LdapFilter.Escape(second), StringComparison.Ordinal);
        return LdapFilter.TryParse(text, out LdapFilter? filter, out string? error) ? filter! : throw new FormatException(error);
    }

    /// <summary>What is wrong with a filter's template, in lower case; null when nothing.</summary>
    /// <param name="template">The template.</param>
    /// <param name="places">The highest number of a place that it may have; it must have one.</param>
    public static string? CheckFilter(string template, int places)
    {
        string[] all = [.. Enumerable.Range(0, places + 1).Select(static i => $"{{{i}}}")];
        string filled = all.Aggregate(template, static (text, place) => text.Replace(place, "x", StringComparison.Ordinal));
        return !Array.Exists(all, place => template.Contains(place, StringComparison.Ordinal)) ? $"it has no {string.Join(" or ", all)}"
            : filled.AsSpan().ContainsAny('{', '}') ? $"it has a place that is not {string.Join(" or ", all)}"
            : LdapFilter.TryParse(filled, out _, out string? error) ? null : error;
    }

    /// <summary>A distinguished name with a value put in.</summary>
    public static string Name(string template, string value) =>
        template.Replace("{0}", DistinguishedName.EscapeValue(value), StringComparison.Ordinal);

    /// <summary>What is wrong with a name's template; null when nothing.</summary>
    public static string? CheckName(string template)
    {
        bool isName = DistinguishedName.TryParse(template.Replace("{0}", "x", StringComparison.Ordinal), out DistinguishedName? name);
        int places = template.Split("{0}").Length - 1;
        return !isName ? "it is no distinguished name"
            : places != 1 || !WholeValue().IsMatch(template) ? "it needs `{0}` once, as the whole value of its first attribute: `uid={0},ou=people,dc=example`"
            : name!.Parts.Length < 2 ? "it names no place in the directory" : null;
    }

    /// <summary>Attributes that a filter compares with the name itself: <c>uid</c> in <c>(uid={0})</c>.</summary>
    public static ImmutableArray<string> MatchedAttributes(string template) =>
        [.. Matched().Matches(template).Select(static m => m.Groups["attribute"].Value).Distinct(StringComparer.OrdinalIgnoreCase)];

    [GeneratedRegex(@"\((?<attribute>[A-Za-z0-9.;-]+)=\{0\}\)", RegexOptions.NonBacktracking)]
    private static partial Regex Matched();

    [GeneratedRegex(@"^[A-Za-z0-9.-]+=\{0\},", RegexOptions.NonBacktracking)]
    private static partial Regex WholeValue();
}
