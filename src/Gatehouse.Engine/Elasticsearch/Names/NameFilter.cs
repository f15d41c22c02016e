using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// Takes names out of a response that the caller may not see: out of answers that list names, and out of every error. The
/// response is held in memory till its end; one that is too large or is not what it should be is not passed on.
/// </summary>
/// <param name="scope">What the caller may see.</param>
/// <param name="rule">Where names stand in a good answer; null where it is passed on as it is.</param>
/// <param name="table">The names to be looked for in a table for people, or null.</param>
/// <param name="errors">The names to be looked for in errors; null: only where an error says what it names.</param>
/// <param name="inner">What else changes a good answer, or null.</param>
internal sealed class NameFilter(NameScope scope, NameRule? rule, AliasTable? table, KnownNames? errors, ResponseFilter? inner) : ResponseFilter
{
    /// <summary>Largest response that is held.</summary>
    private const int MaxBody = 64 * 1024 * 1024;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = StrictJson.MaxDepth * 2 };

    private readonly ArrayBufferWriter<byte> _body = new(4096);
    private Mode _mode;

    private enum Mode
    {
        Inner,
        Json,
        Table,
        Error,
        ErrorText,
    }

    /// <inheritdoc/>
    public override bool Begins(ResponseHead head)
    {
        if (head.StatusCode >= StatusCodes.Status400BadRequest)
        {
            _mode = IsJson(head) ? Mode.Error : Mode.ErrorText;
            return _mode == Mode.Error ? IsPlainJson(head) : IsPlainText(head);
        }

        _mode = table is not null && !IsJson(head) ? Mode.Table : rule is not null || table is not null ? Mode.Json : Mode.Inner;
        return _mode switch
        {
            Mode.Table => IsPlainText(head),
            Mode.Json => IsPlainJson(head),
            _ => inner?.Begins(head) == true,
        };
    }

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        if (_mode == Mode.Inner)
        {
            return inner!.Push(piece, output); // Begins said so
        }

        if (_body.WrittenCount + piece.Length > MaxBody)
        {
            return false;
        }

        _body.Write(piece);
        return true;
    }

    /// <inheritdoc/>
    public override bool Finish(IBufferWriter<byte> output)
    {
        if (_mode == Mode.Inner)
        {
            return inner!.Finish(output); // Begins said so
        }

        if (_mode == Mode.Table)
        {
            table!.CopyText(_body.WrittenSpan, scope, output); // Begins said so
            return true;
        }

        if (_mode == Mode.ErrorText)
        {
            output.Write(Encoding.UTF8.GetBytes(ErrorEraser.Clean(Encoding.UTF8.GetString(_body.WrittenSpan), scope, errors)));
            return true;
        }

        try
        {
            Rewrite(_body.WrittenSpan, output);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Rewrite(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        using Utf8JsonWriter writer = new(output, new JsonWriterOptions { SkipValidation = true });
        Utf8JsonReader reader = new(json, Options);
        reader.Read();
        if (_mode == Mode.Error)
        {
            ErrorEraser.Copy(json, ref reader, writer, scope, errors);
        }
        else if (table is not null)
        {
            table.CopyJson(json, ref reader, writer, scope);
        }
        else
        {
            NameEraser.Copy(json, ref reader, writer, rule, scope);
        }

        if (reader.Read())
        {
            throw new JsonException("something follows");
        }
    }

    private static bool IsJson(ResponseHead head) =>
        head.Headers.TryGet("content-type"u8, out ReadOnlySpan<byte> type)
        && (type.StartsWith("application/json"u8) || type.StartsWith("application/vnd.elasticsearch+json"u8));

    // Without a type it is a proxy's, or empty.
    private static bool IsPlainText(ResponseHead head)
    {
        bool isCoded = head.Headers.TryGet("content-encoding"u8, out ReadOnlySpan<byte> coding) && !Ascii.EqualsIgnoreCase(coding, "identity"u8);
        return !isCoded && (!head.Headers.TryGet("content-type"u8, out ReadOnlySpan<byte> type) || type.StartsWith("text/"u8))
            ? true
            : throw new ForwardFault(ForwardResult.UpstreamMalformed, "the response must be looked into and is neither JSON nor text");
    }
}
