using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Gatehouse.Identity;
using Gatehouse.Operations;

namespace Gatehouse.Policy.Names;

/// <summary>
/// Ignite's names as decisions have them: <c>SCHEMA.TABLE</c>, each part bare where it is of upper-case letters, digits and <c>_</c> and
/// begins with no digit, otherwise in double quotes with a quote as two.
/// </summary>
public static class IgniteNames
{
    private static readonly SearchValues<char> Bare = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private static readonly Principal Nobody = new("", "");

    /// <summary>One part of a name as it is stored, as decisions have it.</summary>
    public static string PartOf(string name) => IsBare(name) ? name : $"\"{name.Replace("\"", "\"\"")}\"";

    /// <summary>
    /// A name as a person asks about it, as decisions have it: of tables and zones, letters outside quotes become upper case. False with
    /// the reason where it is none.
    /// </summary>
    /// <param name="action">What is asked.</param>
    /// <param name="text">The name, or how names begin.</param>
    /// <param name="isPrefix">Whether it is a beginning.</param>
    /// <param name="name">The name.</param>
    /// <param name="reason">Why not.</param>
    public static bool TryAsk(SystemAction action, string text, bool isPrefix, [NotNullWhen(true)] out string? name, [NotNullWhen(false)] out string? reason)
    {
        name = text;
        reason = null;
        NameKinds kind = IgniteRights.KindOf(action);
        if (kind is not (NameKinds.Table or NameKinds.Zone))
        {
            return true;
        }

        // A star between quotes is one of the name here, and a beginning ends anywhere.
        if (!IgniteSyntax.For(kind).TryParse(isPrefix ? text + "*" : text, out ResourcePattern? read, out reason))
        {
            return false;
        }

        if (text.Contains('*') || Array.Exists(read.Tokens, static t => t.Kind == PatternTokenKind.Slot))
        {
            reason = "holds a wildcard or a placeholder, and one name is asked about";
            return false;
        }

        name = Encoding.UTF8.GetString(read.Head);
        return true;
    }

    /// <summary>The smallest pattern of a grant of this action that covers a name, or every name that starts with it.</summary>
    internal static string PatternFor(SystemAction action, ReadOnlySpan<byte> name, ResourceScope scope)
    {
        string text = SmallestGrant.PatternFor(name, scope).Replace("**", "*");
        var syntax = IgniteSyntax.For(IgniteRights.KindOf(action));
        if (syntax.TryParse(text, out ResourcePattern? pattern, out _)
            && (scope == ResourceScope.Prefix ? pattern.CoversAll(name) : PatternMatcher.Matches(pattern, name, Nobody)))
        {
            return text;
        }

        // What no pattern says literally: all of its schema, or everything.
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        string wider = dot < 0 ? "*" : text[..(dot + 1)] + "*";
        return syntax.TryParse(wider, out pattern, out _) && pattern.CoversAll(name) ? wider : "*";
    }

    /// <summary>Whether a part is written without quotes.</summary>
    internal static bool IsBare(ReadOnlySpan<char> name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && !name.ContainsAnyExcept(Bare);

    /// <summary>Whether something in the text keeps every part that has it from being bare.</summary>
    internal static bool IsNeverBare(ReadOnlySpan<char> text) => text.ContainsAnyExcept(Bare);
}
