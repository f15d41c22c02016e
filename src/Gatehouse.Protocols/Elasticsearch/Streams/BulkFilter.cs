using System.Buffers;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>Says which items of a bulk may pass. Asked once for what is the same; must not change its mind within a bulk.</summary>
public interface IBulkJudge
{
    /// <summary>Whether the action is allowed on an index.</summary>
    /// <param name="action">As <c>classify</c> names it, such as <c>index:create_doc</c>.</param>
    /// <param name="index">The name as <c>classify</c> gives it: UTF-8, decoded, without a selector.</param>
    bool Allows(string action, ReadOnlySpan<byte> index);
}

/// <summary>What a bulk may cost.</summary>
public sealed record BulkLimits
{
    /// <summary>Most bytes of one line of source: the limit of the body, which counts all of them, is the caller's.</summary>
    public long MaxSourceLine { get; init; } = 100L * 1024 * 1024;

    /// <summary>Most bytes that are kept to remember refused items.</summary>
    public int MaxRefusedBytes { get; init; } = 16 * 1024 * 1024;
}

/// <summary>
/// Reads the body of a <c>_bulk</c> as it comes, in pieces of any size, passes on the items that are allowed byte by byte and
/// remembers the others, which <see cref="BulkAnswer"/> puts into the answer. One body, one caller. Memory: one action line and
/// the refused items. What it accepts is what <c>classify</c> accepts, by the same reader.
/// </summary>
/// <param name="pathIndex">The index of the path or of the query, UTF-8, decoded; empty where there is none.</param>
/// <param name="refreshes">Whether the request has a <c>refresh</c> other than <c>false</c>, which needs <c>index:maintenance</c>.</param>
/// <param name="judge">Decides.</param>
/// <param name="limits">Limits.</param>
public sealed class BulkFilter(ReadOnlyMemory<byte> pathIndex, bool refreshes, IBulkJudge judge, BulkLimits limits)
{
    // A line, its carriage return and its line feed.
    private const int MaxCarried = BulkActionLine.MaxLength + 2;

    private readonly StrictJson _strict = new();
    private readonly BulkVerdicts _verdicts = new(judge, refreshes);
    private byte[] _carry = [];
    private int _carried;
    private bool _inSource;
    private bool _isRefused;
    private long _sourceLength;
    private byte _sourceFirst;

    /// <summary>Items so far, the one that is being read included.</summary>
    public long Items { get; private set; }

    /// <summary>Those of them that were passed on.</summary>
    public long Forwarded { get; private set; }

    /// <summary>Those of them that were not.</summary>
    public BulkRefusals Refused { get; } = new(limits.MaxRefusedBytes);

    /// <summary>The line that is being read, from 1; after an error the one that is wrong.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>What was wrong; after it nothing is read.</summary>
    public BulkError Error { get; private set; }

    /// <summary>Takes the next piece.</summary>
    /// <param name="piece">Bytes of the body, decompressed; may end anywhere.</param>
    /// <param name="output">Takes what the upstream is to get. After an error it must not get the body's end.</param>
    public BulkError Push(in ReadOnlySequence<byte> piece, IBufferWriter<byte> output)
    {
        foreach (ReadOnlyMemory<byte> part in piece)
        {
            if (Push(part.Span, output) != BulkError.None)
            {
                break;
            }
        }

        return Error;
    }

    /// <inheritdoc cref="Push(in ReadOnlySequence{byte}, IBufferWriter{byte})"/>
    public BulkError Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        // What is passed on and not yet written begins at `run`: allowed items that follow each other are one copy.
        int run = 0;
        int at = 0;
        while (at < piece.Length && Error == BulkError.None)
        {
            int end = piece[at..].IndexOf((byte)'\n');
            int next = end < 0 ? piece.Length : at + end + 1;
            if (_inSource)
            {
                Source(piece[at..next], isWhole: end >= 0);
                run = _isRefused ? next : run;
            }
            else if (end < 0 || _carried > 0)
            {
                output.Write(piece[run..at]);
                run = next;
                Carry(piece[at..next]);
                if (end >= 0 && Error == BulkError.None)
                {
                    ReadOnlySpan<byte> line = _carry.AsSpan(0, _carried);
                    _carried = 0;
                    if (Action(line))
                    {
                        output.Write(line);
                    }
                }
            }
            else if (!Action(piece[at..next]))
            {
                output.Write(piece[run..at]);
                run = next;
            }

            Line += end >= 0 && Error == BulkError.None ? 1 : 0;
            at = next;
        }

        if (Error == BulkError.None)
        {
            output.Write(piece[run..]);
        }

        return Error;
    }

    /// <summary>Says that the body is over.</summary>
    public BulkError Finish()
    {
        if (Error == BulkError.None && (_carried > 0 || _inSource || Items == 0))
        {
            Error = BulkError.MalformedLines;
        }

        return Error;
    }

    /// <summary>Decides on an action line, with its end; false where it is not passed on.</summary>
    private bool Action(ReadOnlySpan<byte> line)
    {
        Error = BulkActionLine.Read(WithoutEnd(line), _strict, out BulkActionLine item);
        if (Error != BulkError.None)
        {
            return false;
        }

        if (!item.HasIndex && pathIndex.IsEmpty)
        {
            Error = BulkError.MissingIndex;
            return false;
        }

        ReadOnlySpan<byte> index = item.HasIndex ? item.Index : pathIndex.Span;
        if (item is { HasIndex: true, IsIndexEscaped: true })
        {
            byte[] plain = new byte[index.Length];
            index = plain.AsSpan(0, JsonText.Unescape(index, plain));
        }

        BulkVerdict verdict = _verdicts.Of(item.Privilege!, index);
        _isRefused = verdict.Missing is not null;
        if (!verdict.IsName)
        {
            Error = BulkError.BadIndexName;
        }
        else if (_isRefused && !Refused.TryAdd(Items, verdict.Missing!, index, ref item))
        {
            Error = BulkError.TooManyRefused;
        }
        else
        {
            Items++;
            Forwarded += _isRefused ? 0 : 1;
            _inSource = item.Verb != BulkVerb.Delete;
            _sourceLength = 0;
        }

        return Error == BulkError.None && !_isRefused;
    }

    private void Source(ReadOnlySpan<byte> part, bool isWhole)
    {
        if (_sourceLength == 0)
        {
            _sourceFirst = part[0];
        }

        _sourceLength += part.Length;
        if (isWhole)
        {
            // An empty line is no source, with a carriage return before its end neither.
            bool isEmpty = _sourceLength == 1 || (_sourceLength == 2 && _sourceFirst == '\r');
            Error = isEmpty ? BulkError.MalformedLines : BulkError.None;
            _inSource = false;
        }

        if (_sourceLength > limits.MaxSourceLine)
        {
            Error = BulkError.LineTooLong;
        }
    }

    private void Carry(ReadOnlySpan<byte> part)
    {
        if (_carried + part.Length > MaxCarried)
        {
            Error = BulkError.LineTooLong;
            return;
        }

        if (_carry.Length < _carried + part.Length)
        {
            Array.Resize(ref _carry, Math.Max(_carried + part.Length, _carry.Length * 2));
        }

        part.CopyTo(_carry.AsSpan(_carried));
        _carried += part.Length;
    }

    private static ReadOnlySpan<byte> WithoutEnd(ReadOnlySpan<byte> line)
    {
        line = line[..^1];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }
}
