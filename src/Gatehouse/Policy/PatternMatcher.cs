using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using Gatehouse.Identity;
using Gatehouse.Policy.Tables;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Policy;

/// <summary>
/// Whether a name matches a pattern: the one place that says so, for table lookups, recorded decisions and explanations
/// alike. No allocation; time grows with the length of the name times the number of <c>/</c> in the pattern, never
/// with the number of ways to read it.
/// </summary>
internal static class PatternMatcher
{
    /// <summary>Longest value of a placeholder in UTF-8 bytes; a longer one matches nowhere.</summary>
    public const int MaxSlotValue = 512;

    private static readonly SearchValues<char> Refused = SearchValues.Create("*+#/");

    // What is no part of an index's name, or would be read as more than one.
    private static readonly SearchValues<char> RefusedInIndices = SearchValues.Create("*+#/?,:<>|\"\\ ");

    private static readonly SearchValues<char> RefusedInTopics = SearchValues.Create("*+#/\0");

    /// <summary>Matches a pattern of any kind.</summary>
    public static bool Matches(ResourcePattern pattern, ReadOnlySpan<byte> name, Principal principal) => pattern.Kind switch
    {
        PatternKind.Exact or PatternKind.Prefix => MatchesLiteral(pattern.Kind, pattern.Head, name),
        PatternKind.General => MatchesProgram(pattern.Program, name),
        _ when pattern.Topic is not null => TopicPatterns.MatchesSlotted(pattern, name, principal),
        _ => MatchesWithSlots(pattern, name, principal),
    };

    /// <summary>Matches a pattern without placeholders that was written as a <see cref="PatternProgram"/>.</summary>
    public static bool MatchesProgram(ReadOnlySpan<byte> program, ReadOnlySpan<byte> name) => program[0] == (byte)PatternTokenKind.Filter
        ? TopicFilter.Matches(program[TopicForm.ProgramHead..], name, isWide: program[1] != 0)
        : Run(program, name, []);

    /// <summary>Matches a pattern without wildcards inside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MatchesLiteral(PatternKind kind, ReadOnlySpan<byte> literal, ReadOnlySpan<byte> name) =>
        (kind != PatternKind.Exact || name.Length == literal.Length)
        && (WideBytes.Fits(literal.Length) ? WideBytes.StartsWith(name, literal) : name.StartsWith(literal));

    [SkipLocalsInit]
    private static bool MatchesWithSlots(ResourcePattern pattern, ReadOnlySpan<byte> name, Principal principal)
    {
        Span<byte> values = stackalloc byte[PatternSyntax.MaxSlots * (MaxSlotValue + sizeof(int))];
        foreach (PatternToken token in pattern.Tokens)
        {
            if (token.Kind == PatternTokenKind.Slot && !TryFill(values, pattern, token, principal))
            {
                return false;
            }
        }

        return Run(pattern.Program, name, values);
    }

    /// <summary>
    /// The principal's value for a placeholder, or null. A value that could itself be read as a pattern in any of the guarded
    /// systems never matches, nor does an empty one.
    /// </summary>
    public static string? ValueOf(ResourcePattern pattern, in PatternToken token, Principal principal)
    {
        string? value = token.Attribute == "username"
            ? principal.Name
            : principal.Attributes.TryGetValue(token.Attribute!, out string? found) ? found : null; // a slot has an attribute
        return string.IsNullOrEmpty(value) || value.AsSpan().ContainsAny(pattern.IsIndex ? RefusedInIndices : pattern.Topic is null ? Refused : RefusedInTopics) ? null
            : pattern.Names is { } names ? names.Write(token.Slot, value)
            : value;
    }

    // A slot's value lies behind its length; one that is no well-formed text matches nothing.
    private static bool TryFill(Span<byte> values, ResourcePattern pattern, in PatternToken token, Principal principal)
    {
        if (ValueOf(pattern, token, principal) is not { } value)
        {
            return false;
        }

        Span<byte> slot = values.Slice(token.Slot * (MaxSlotValue + sizeof(int)), MaxSlotValue + sizeof(int));
        if (Utf8.FromUtf16(value, slot[sizeof(int)..], out _, out int written, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            return false;
        }

        return BitConverter.TryWriteBytes(slot, written);
    }

    private static bool Run(ReadOnlySpan<byte> program, ReadOnlySpan<byte> name, ReadOnlySpan<byte> values)
    {
        var walk = new Walk(program, name, values);
        while (!walk.IsMatched)
        {
            if (!walk.GoOn() && !walk.GoBack())
            {
                return false;
            }
        }

        return true;
    }

    // Greedy, with two points to go back to: the last `*` (as far as the next `/`), then the last `**`. Taking each part
    // at its first possible place is right because a later place never reaches further; so only the last of each matters.
    private ref struct Walk(ReadOnlySpan<byte> program, ReadOnlySpan<byte> name, ReadOnlySpan<byte> values)
    {
        private readonly ReadOnlySpan<byte> _program = program;
        private readonly ReadOnlySpan<byte> _name = name;
        private readonly ReadOnlySpan<byte> _values = values;
        private int _part;
        private int _at;
        private int _star = -1;
        private int _starAt;
        private int _doubleStar = -1;
        private int _doubleAt;

        public readonly bool IsMatched => _part == _program.Length && _at == _name.Length;

        /// <summary>Takes one part of the pattern; false where it does not fit here.</summary>
        public bool GoOn()
        {
            if (_part == _program.Length)
            {
                return false;
            }

            ReadOnlySpan<byte> part = _program[_part..];
            int next = _part + PatternProgram.PartSize;
            var kind = (PatternTokenKind)part[0];
            if (kind == PatternTokenKind.DoubleStar)
            {
                _at = FirstEnd(_program[next..]);
                (_doubleStar, _doubleAt, _star, _part) = (next, _at, -1, next);
                return true;
            }

            if (kind == PatternTokenKind.Star)
            {
                (_star, _starAt, _part) = (next, _at, next);
                return true;
            }

            if (kind is PatternTokenKind.One or PatternTokenKind.NoDot)
            {
                return GoOver(kind, next);
            }

            int number = BinaryPrimitives.ReadUInt16LittleEndian(part[1..]);
            ReadOnlySpan<byte> value = kind == PatternTokenKind.Literal ? part.Slice(PatternProgram.PartSize, number) : ValueOf(number);
            if (!_name[_at..].StartsWith(value))
            {
                return false;
            }

            _at += value.Length;
            _part = kind == PatternTokenKind.Literal ? next + number : next;
            return true;
        }

        private bool GoOver(PatternTokenKind kind, int next)
        {
            ReadOnlySpan<byte> rest = _name[_at..];
            int length = 0;
            bool fits = kind == PatternTokenKind.NoDot
                ? rest.IsEmpty || rest[0] != (byte)'.'
                : Rune.DecodeFromUtf8(rest, out Rune rune, out length) == OperationStatus.Done && rune.Value is not ('/' or '*');
            _at += fits ? length : 0;
            _part = fits ? next : _part;
            return fits;
        }

        /// <summary>Gives the last wildcard more, as far as it may have it; false when none can.</summary>
        public bool GoBack()
        {
            if (_star >= 0 && _starAt < _name.Length && _name[_starAt] != (byte)'/')
            {
                _at = ++_starAt;
                _part = _star;
                return true;
            }

            _doubleAt = _doubleStar < 0 ? -1 : NextStart();
            _at = _doubleAt;
            _part = _doubleStar;
            _star = -1;
            return _doubleAt >= 0;
        }

        // Where the run of `**` may end at first: a literal that is all there is behind it can lie at the name's end only.
        private readonly int FirstEnd(ReadOnlySpan<byte> behind)
        {
            if (behind.IsEmpty)
            {
                return _name.Length;
            }

            int length = BinaryPrimitives.ReadUInt16LittleEndian(behind[1..]);
            bool isLastLiteral = (PatternTokenKind)behind[0] == PatternTokenKind.Literal && behind.Length == PatternProgram.PartSize + length;
            return isLastLiteral ? Math.Max(_at, _name.Length - length) : _at;
        }

        // Where the run of the last `**` may end next. Once a `*` was reached and failed, every other start in the same
        // segment fails in the same way (the next `/` lies at one place only), so it goes on at that `/`: without this a
        // name of one long segment would cost its length squared.
        private readonly int NextStart()
        {
            if (_doubleAt >= _name.Length)
            {
                return -1;
            }

            if (_star < 0)
            {
                return _doubleAt + 1;
            }

            int slash = _name[_doubleAt..].IndexOf((byte)'/');
            return slash < 0 ? -1 : _doubleAt + Math.Max(slash, 1);
        }

        private readonly ReadOnlySpan<byte> ValueOf(int number)
        {
            ReadOnlySpan<byte> slot = _values.Slice(number * (MaxSlotValue + sizeof(int)), MaxSlotValue + sizeof(int));
            return slot.Slice(sizeof(int), BitConverter.ToInt32(slot));
        }
    }
}
