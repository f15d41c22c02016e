using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Gatehouse.Operations;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Names;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Policy;

/// <summary>Writes names as patterns and as text: the smallest pattern that covers a name, and the name as a person reads it.</summary>
internal static class SmallestGrant
{
    /// <summary>The smallest grant that allows an action on all of these; no patterns means the system as a whole.</summary>
    public static Grant For(string system, string action, IEnumerable<string> patterns, bool isRestricted = false) => new()
    {
        System = system,
        Actions = [action],
        Resources = [.. patterns.Distinct(StringComparer.Ordinal)],
        AllowRestricted = isRestricted,
    };

    /// <summary>The same for an action of a system, in its syntax.</summary>
    public static string PatternFor(SystemAction action, ReadOnlySpan<byte> name, ResourceScope scope) =>
        Privileges.IsOnIndices(action) ? IndexPatternFor(name, scope)
        : action.System == MqttRights.System ? TopicPatternFor(name)
        : action.System == IgniteRights.System ? IgniteNames.PatternFor(action, name, scope)
        : PatternFor(name, scope);

    /// <summary>
    /// The smallest pattern that covers a name, or every name that starts with it. What a pattern cannot say literally
    /// (a <c>*</c>, a <c>${</c>, bytes that are no text, the empty name) becomes <c>*</c>; a prefix ends there.
    /// </summary>
    public static string PatternFor(ReadOnlySpan<byte> name, ResourceScope scope)
    {
        var pattern = new StringBuilder();
        while (!name.IsEmpty)
        {
            bool isText = Rune.DecodeFromUtf8(name, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            bool isLiteral = isText && rune.Value != '*' && !name.StartsWith("${"u8);
            if (isLiteral)
            {
                pattern.Append(rune.ToString());
            }
            else if (scope == ResourceScope.Prefix)
            {
                break;
            }
            else if (pattern.Length == 0 || pattern[^1] != '*')
            {
                pattern.Append('*');
            }

            name = name[length..];
        }

        bool isTooLong = Encoding.UTF8.GetByteCount(pattern.ToString()) > PatternSyntax.MaxLength - 2 || CountWildcards(pattern) > PatternSyntax.MaxWildcards;
        if (scope == ResourceScope.Prefix || isTooLong)
        {
            return $"{(isTooLong ? Shortened(pattern) : pattern)}**";
        }

        return pattern.Length == 0 ? "*" : pattern.ToString();
    }

    // What a filter cannot say literally (`${`, a `+` beside other text, bytes that are no text) makes its level `+`. What is no
    // topic and no filter can be granted by nothing, and a name that is too long by its beginning.
    private static string TopicPatternFor(ReadOnlySpan<byte> name)
    {
        var levels = new List<string>();
        foreach (Range range in name.Split((byte)'/'))
        {
            ReadOnlySpan<byte> level = name[range];
            bool isLiteral = Utf8.IsValid(level) && level.IndexOf("${"u8) < 0 && !level.ContainsAny("+#\0"u8);
            levels.Add(isLiteral || level.SequenceEqual("#"u8) ? Encoding.UTF8.GetString(level) : "+");
        }

        string text = string.Join('/', levels);
        while (!PatternSyntax.For(MqttRights.System, GrantEffect.Allow).TryParse(text, out _, out _))
        {
            if (levels.Count <= 1)
            {
                return "#";
            }

            levels.RemoveRange(levels.Count / 2, levels.Count - (levels.Count / 2));
            text = string.Join('/', levels) + "/#";
        }

        return text;
    }

    // What no index can have, and so no pattern either, becomes `?` or `*`.
    private static string IndexPatternFor(ReadOnlySpan<byte> name, ResourceScope scope)
    {
        var index = IndexName.Of(name, stackalloc byte[IndexName.ScratchLength]);
        string text = Encoding.UTF8.GetString(index.Name);
        if (scope == ResourceScope.Prefix)
        {
            text = text.Length == 0 ? "**" : text + "*";
        }

        if (!text.Contains("${", StringComparison.Ordinal) && PatternSyntax.For(Privileges.System, GrantEffect.Allow).TryParse(text, out _, out _))
        {
            return text;
        }

        var pattern = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes().Take(PatternSyntax.MaxLength / 16))
        {
            bool isFirst = pattern.Length == 0;
            bool isLiteral = rune.Value is not ('$' or ':') && !(isFirst && rune.Value is '-' or '_' or '+')
                && PatternSyntax.For(Privileges.System, GrantEffect.Allow).TryParse($"a{rune}", out _, out _);
            if (isLiteral && rune.Value != '*')
            {
                pattern.Append(rune.ToString());
            }
            else if (isFirst || pattern[^1] != '*')
            {
                pattern.Append('*');
            }
        }

        return pattern.Length == 0 ? "*" : CountWildcards(pattern) > PatternSyntax.MaxWildcards ? "**" : pattern.ToString();
    }

    /// <summary>A name as text; bytes that are no text, control characters and the backslash as <c>\xNN</c>.</summary>
    public static string TextOf(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune) && rune.Value != '\\')
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte value in name[..length])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
                }
            }

            name = name[length..];
        }

        return text.ToString();
    }

    private static int CountWildcards(StringBuilder pattern)
    {
        int count = 0;
        for (int i = 0; i < pattern.Length; i++)
        {
            count += pattern[i] == '*' ? 1 : 0;
        }

        return count;
    }

    // A name longer than a pattern may be: its literal beginning, and everything behind it.
    private static string Shortened(StringBuilder pattern)
    {
        string text = pattern.ToString();
        int end = text.IndexOf('*') is int star and >= 0 ? star : text.Length;
        end = Math.Min(end, PatternSyntax.MaxLength / 4);
        return text[..(end > 0 && char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)];
    }
}
