using System.Diagnostics.CodeAnalysis;
using System.Text;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Names;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Policy;

/// <summary>
/// How a system writes resource patterns. Every system uses the path syntax until it brings its own (index names, topic
/// filters); what a syntax gives is always a <see cref="ResourcePattern"/>.
/// </summary>
internal abstract class PatternSyntax
{
    /// <summary>Longest pattern in UTF-8 bytes; longer ones are refused, not cut.</summary>
    public const int MaxLength = 4096;

    /// <summary>Most wildcards in one pattern.</summary>
    public const int MaxWildcards = 32;

    /// <summary>Most placeholders in one pattern.</summary>
    public const int MaxSlots = 4;

    /// <summary>Names with segments divided by <c>/</c>.</summary>
    public static PatternSyntax Path { get; } = new PathSyntax();

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static PatternSyntax Index { get; } = new IndexSyntax();

    private static PatternSyntax Topic { get; } = new TopicSyntax(isWide: false);

    private static PatternSyntax WideTopic { get; } = new TopicSyntax(isWide: true);

    /// <summary>The syntax of a system; grants for <c>*</c> are written in the path syntax. In topics a deny means more than an allow.</summary>
    public static PatternSyntax For(string system, GrantEffect effect) => system switch
    {
        Privileges.System => Index,
        MqttRights.System => effect == GrantEffect.Deny ? WideTopic : Topic,
        _ => Path,
    };

    /// <summary>The syntax of a grant: of its system, and in Ignite of what its actions are about.</summary>
    public static PatternSyntax For(Grant grant) =>
        grant.System == IgniteRights.System ? IgniteSyntax.For(IgniteRights.KindsOf(grant.Actions)) : For(grant.System ?? "", grant.Effect);

    /// <summary>What a grant without resources means.</summary>
    public virtual string Everything => "**";

    /// <summary>Reads a pattern, or says in <paramref name="error"/> what is wrong with it.</summary>
    public abstract bool TryParse(string text, [NotNullWhen(true)] out ResourcePattern? pattern, [NotNullWhen(false)] out string? error);

    /// <summary>What keeps a text from being any pattern, or null.</summary>
    protected static string? CheckText(string text)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return text.Length == 0 ? "is empty; `**` means every name" : $"is longer than {MaxLength} bytes";
        }

        try
        {
            return Strict.GetByteCount(text) > MaxLength ? $"is longer than {MaxLength} bytes" : null;
        }
        catch (EncoderFallbackException)
        {
            return "is no well-formed text";
        }
    }

    /// <summary>Adds the bytes of a text, if it has any.</summary>
    protected static void AddLiteral(string text, List<PatternToken> tokens)
    {
        if (text.Length > 0)
        {
            tokens.Add(new PatternToken(PatternTokenKind.Literal, Strict.GetBytes(text)));
        }
    }

    /// <summary>Reads the placeholder that begins at a place; <paramref name="next"/> lies behind it.</summary>
    protected static bool TryReadSlot(string text, int at, int slots, out PatternToken token, out int next, [NotNullWhen(false)] out string? error)
    {
        int close = text.IndexOf('}', at);
        string name = close < 0 ? "" : text[(at + 2)..close];
        bool isRead = IsAttribute(name) && slots < MaxSlots;
        error = isRead ? null : slots == MaxSlots ? $"has more than {MaxSlots} placeholders" : "has a malformed placeholder; it is written `${username}`";
        token = new PatternToken(PatternTokenKind.Slot, null, name, slots);
        next = close + 1;
        return isRead;
    }

    private static bool IsAttribute(string name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return name.Length is > 0 and <= 64;
    }

    private sealed class PathSyntax : PatternSyntax
    {
        public override bool TryParse(string text, [NotNullWhen(true)] out ResourcePattern? pattern, [NotNullWhen(false)] out string? error)
        {
            var tokens = new List<PatternToken>();
            error = CheckText(text) ?? Tokenize(text, tokens);
            pattern = error is null ? new ResourcePattern(text, tokens.ToArray()) : null;
            return error is null;
        }

        private static string? Tokenize(string text, List<PatternToken> tokens)
        {
            int literal = 0;
            int slots = 0;
            int wildcards = 0;
            for (int i = 0; i < text.Length;)
            {
                if (text[i] == '*')
                {
                    AddLiteral(text[literal..i], tokens);
                    int run = text.AsSpan(i).IndexOfAnyExcept('*') is int end and >= 0 ? end : text.Length - i;
                    if (run > 2 || ++wildcards > MaxWildcards)
                    {
                        return run > 2 ? "has more than two `*` in a row" : $"has more than {MaxWildcards} wildcards";
                    }

                    tokens.Add(new PatternToken(run == 1 ? PatternTokenKind.Star : PatternTokenKind.DoubleStar));
                    literal = i += run;
                }
                else if (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '{')
                {
                    AddLiteral(text[literal..i], tokens);
                    if (!TryReadSlot(text, i, slots, out PatternToken token, out int next, out string? error))
                    {
                        return error;
                    }

                    tokens.Add(token);
                    slots++;
                    literal = i = next;
                }
                else
                {
                    i++;
                }
            }

            AddLiteral(text[literal..], tokens);
            return null;
        }
    }
}
