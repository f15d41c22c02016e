using System.Text.Unicode;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>What an item of a bulk does.</summary>
public enum BulkVerb : byte
{
    /// <summary>Nothing that is known.</summary>
    None = 0,

    /// <summary><c>index</c>.</summary>
    Index,

    /// <summary><c>create</c>.</summary>
    Create,

    /// <summary><c>update</c>.</summary>
    Update,

    /// <summary><c>delete</c>: the only one without a line of source behind it.</summary>
    Delete,
}

/// <summary>
/// One action line of a bulk, as strict as <see cref="StrictJson"/> and without allocation: one object with one action, known
/// members only, none twice. <c>classify</c> and the gate both read bulks with this and nothing else.
/// </summary>
internal ref struct BulkActionLine
{
    /// <summary>Longest line, in bytes.</summary>
    public const int MaxLength = 64 * 1024;

    // A known name, each letter of it escaped.
    private const int MaxNameLength = 6 * 32;

    private readonly ReadOnlySpan<byte> _line;
    private BulkError _fault;
    private int _seen;
    private bool _hasNested;
    private OpType _opType;

    private BulkActionLine(ReadOnlySpan<byte> line) => _line = line;

    private enum OpType : byte
    {
        Absent = 0,
        Index,
        Create,
        Other,
    }

    /// <summary>The action.</summary>
    public BulkVerb Verb { get; private set; }

    /// <summary>The privilege that its index is needed with.</summary>
    public string? Privilege { get; private set; }

    /// <summary>The text of <c>_index</c> as written between its quotes; where there is none, the path's counts.</summary>
    public ReadOnlySpan<byte> Index { get; private set; }

    /// <summary>Whether <see cref="Index"/> is there.</summary>
    public bool HasIndex { get; private set; }

    /// <summary>Whether <see cref="Index"/> is to be unescaped.</summary>
    public bool IsIndexEscaped { get; private set; }

    /// <summary>The value of <c>_id</c> as written, between its quotes where it is a string; empty where there is none.</summary>
    public ReadOnlySpan<byte> Id { get; private set; }

    /// <summary>Whether <see cref="Id"/> is to be unescaped.</summary>
    public bool IsIdEscaped { get; private set; }

    /// <summary>Reads a line without its end.</summary>
    public static BulkError Read(ReadOnlySpan<byte> line, StrictJson strict, out BulkActionLine item)
    {
        item = new BulkActionLine(line);
        if (line.IsEmpty)
        {
            return BulkError.MalformedLines;
        }

        if (line.Length > MaxLength)
        {
            return BulkError.LineTooLong;
        }

        if (!Utf8.IsValid(line))
        {
            return BulkError.MalformedJson;
        }

        BulkError error = item.Read();

        // The quick way knows the members of an action and nothing else. Who is not content, or has met a value within a
        // value, asks the full reader, so that what is called malformed, or passes, is the same as everywhere.
        if ((error != BulkError.None || item._hasNested) && strict.Validate(line) != JsonError.None)
        {
            return BulkError.MalformedJson;
        }

        return error;
    }

    private BulkError Read()
    {
        var text = new JsonText(_line);
        text.SkipSpace();
        if (text.Peek() != '{')
        {
            return BulkError.UnexpectedType;
        }

        text.Expect((byte)'{');
        text.SkipSpace();
        if (text.String(out int offset, out int length, out bool escaped) != JsonError.None)
        {
            return BulkError.MalformedLines;
        }

        Span<byte> name = stackalloc byte[MaxNameLength];
        Verb = VerbOf(Plain(offset, length, escaped, name));
        if (!Then(ref text, (byte)':') || text.Peek() != '{' || !Members(ref text) || !Then(ref text, (byte)'}') || !text.AtEnd)
        {
            return BulkError.MalformedLines;
        }

        if (_fault == BulkError.UnknownField)
        {
            return _fault;
        }

        Privilege = PrivilegeOf();
        return Privilege is null ? BulkError.UnexpectedValue : _fault;
    }

    /// <summary>The members of the action; false where it is not JSON, or a member is there twice.</summary>
    private bool Members(ref JsonText text)
    {
        text.Expect((byte)'{');
        text.SkipSpace();
        Span<byte> buffer = stackalloc byte[MaxNameLength];
        for (bool isFirst = true; text.Peek() != '}'; isFirst = false)
        {
            if (!isFirst && !Then(ref text, (byte)','))
            {
                return false;
            }

            if (text.String(out int offset, out int length, out bool escaped) != JsonError.None)
            {
                return false;
            }

            BulkMember member = BulkMembers.Of(Plain(offset, length, escaped, buffer));
            if (member == BulkMember.Unknown)
            {
                _fault = BulkError.UnknownField;
            }
            else if ((_seen & (1 << (int)member)) != 0)
            {
                return false;
            }

            _seen |= 1 << (int)member;
            if (!Then(ref text, (byte)':') || !Value(ref text, member))
            {
                return false;
            }

            text.SkipSpace();
        }

        return text.Expect((byte)'}') == JsonError.None;
    }

    private bool Value(ref JsonText text, BulkMember member)
    {
        int start = text.At;
        switch (text.Peek())
        {
            case (byte)'"':
                if (text.String(out int offset, out int length, out bool escaped) != JsonError.None)
                {
                    return false;
                }

                Note(member, offset, length, escaped);
                return true;
            case (byte)'{' or (byte)'[':
                _hasNested = true;
                NoteOther(member, default);
                return Nested(ref text);
            case (byte)'n':
                NoteOther(member, "null"u8);
                return text.Literal("null"u8) == JsonError.None;
            case (byte)'t' or (byte)'f':
                bool isTrue = text.Peek() == 't';
                NoteOther(member, isTrue ? "true"u8 : "false"u8);
                return text.Literal(isTrue ? "true"u8 : "false"u8) == JsonError.None;
            default:
                bool isNumber = text.Number() == JsonError.None;
                NoteOther(member, _line[start..text.At]);
                return isNumber;
        }
    }

    private void Note(BulkMember member, int offset, int length, bool escaped)
    {
        switch (member)
        {
            case BulkMember.Index:
                HasIndex = true;
                Index = _line.Slice(offset, length);
                IsIndexEscaped = escaped;
                break;
            case BulkMember.Id:
                Id = _line.Slice(offset, length);
                IsIdEscaped = escaped;
                break;
            case BulkMember.OpType:
                Span<byte> buffer = stackalloc byte[MaxNameLength];
                ReadOnlySpan<byte> type = Plain(offset, length, escaped, buffer);
                _opType = type.SequenceEqual("index"u8) ? OpType.Index : type.SequenceEqual("create"u8) ? OpType.Create : OpType.Other;
                break;
            default:
                break;
        }
    }

    // A value that is no string. `null` says that there is no index; a number would be taken for one by the upstream.
    private void NoteOther(BulkMember member, ReadOnlySpan<byte> value)
    {
        bool isNull = value.SequenceEqual("null"u8);
        if (member == BulkMember.OpType)
        {
            _opType = OpType.Other;
        }
        else if (member == BulkMember.Index && !isNull && _fault == BulkError.None)
        {
            _fault = BulkError.UnexpectedType;
        }
        else if (member == BulkMember.Id && !isNull)
        {
            Id = value;
        }
    }

    private readonly string? PrivilegeOf() => (Verb, _opType) switch
    {
        (BulkVerb.Create, not OpType.Other) => "index:create_doc",
        (BulkVerb.Index, OpType.Create) => "index:create_doc",
        (BulkVerb.Index, not OpType.Other) => "index:create",
        (BulkVerb.Update, OpType.Absent) => "index:index",
        (BulkVerb.Delete, OpType.Absent) => "index:delete",
        _ => null,
    };

    private static BulkVerb VerbOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("index"u8) ? BulkVerb.Index
        : name.SequenceEqual("create"u8) ? BulkVerb.Create
        : name.SequenceEqual("update"u8) ? BulkVerb.Update
        : name.SequenceEqual("delete"u8) ? BulkVerb.Delete
        : BulkVerb.None;

    // A text that is too long to be known stays as it is written.
    private readonly ReadOnlySpan<byte> Plain(int offset, int length, bool escaped, Span<byte> buffer)
    {
        ReadOnlySpan<byte> written = _line.Slice(offset, length);
        return escaped && length <= buffer.Length ? buffer[..JsonText.Unescape(written, buffer)] : written;
    }

    private static bool Then(ref JsonText text, byte wanted)
    {
        text.SkipSpace();
        bool found = text.Expect(wanted) == JsonError.None;
        text.SkipSpace();
        return found;
    }

    // Only its end is looked for here, the rest is the full reader's.
    private static bool Nested(ref JsonText text)
    {
        int depth = 0;
        do
        {
            switch (text.Peek())
            {
                case (byte)'"':
                    if (text.String(out _, out _, out _) != JsonError.None)
                    {
                        return false;
                    }

                    continue;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'}' or (byte)']':
                    depth--;
                    break;
                default:
                    break;
            }

            if (text.Expect(text.Peek()) != JsonError.None)
            {
                return false;
            }
        }
        while (depth > 0);
        return true;
    }
}
