using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Serving;

/// <summary>
/// Reads a bulk body line by line and keeps nothing but what the answer needs: one item for each action, as a cluster gives it.
/// </summary>
internal sealed class BulkDiscard(string? pathIndex, bool withItems)
{
    private readonly ArrayBufferWriter<byte> _items = new();
    private bool _isSource;
    private string _kind = "";
    private long _number;

    public long Documents { get; private set; }

    /// <summary>How long the body was, after decompression.</summary>
    public long Bytes { get; private set; }

    /// <summary>The answer's bytes.</summary>
    public async Task<byte[]> ReadAsync(PipeReader body)
    {
        bool isTerminated = false;
        while (true)
        {
            ReadResult read = await body.ReadAsync();
            SequencePosition consumed = Lines(read.Buffer);
            Bytes += read.Buffer.Slice(read.Buffer.Start, consumed).Length;
            isTerminated = read.Buffer.Slice(consumed).IsEmpty;
            body.AdvanceTo(consumed, read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        if (!isTerminated)
        {
            throw ElasticsearchException.IllegalArgument("The bulk request must be terminated by a newline [\\n]");
        }

        byte[] head = Encoding.UTF8.GetBytes("{\"errors\":false,\"took\":1" + (withItems ? ",\"items\":[" : ""));
        return [.. head, .. _items.WrittenSpan, .. withItems ? "]}"u8 : "}"u8];
    }

    private SequencePosition Lines(ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            if (_isSource)
            {
                _isSource = false;
                Documents++;
            }
            else if (line.Length > 1)
            {
                Action(line);
            }
        }

        return reader.Position;
    }

    private void Action(ReadOnlySequence<byte> line)
    {
        var json = new Utf8JsonReader(line);
        string? index = pathIndex, id = null;
        try
        {
            json.Read();
            json.Read();
            _kind = json.ValueTextEquals("index"u8) ? "index" : json.ValueTextEquals("create"u8) ? "create" : json.ValueTextEquals("delete"u8) ? "delete"
                : json.ValueTextEquals("update"u8) ? "update" : throw ElasticsearchException.IllegalArgument("Malformed action/metadata line");
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isIndex = json.ValueTextEquals("_index"u8), isId = json.ValueTextEquals("_id"u8);
                json.Read();
                index = isIndex ? json.GetString() : index;
                id = isId ? json.GetString() : id;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw ElasticsearchException.IllegalArgument("Malformed action/metadata line: " + e.Message);
        }

        _isSource = _kind != "delete";
        _number++;
        if (withItems)
        {
            string name = JsonEncodedText.Encode(index ?? "").Value, key = JsonEncodedText.Encode(id ?? "d" + _number).Value;
            string separator = _number == 1 ? "" : ",";
            Encoding.UTF8.GetBytes(
                $"{separator}{{\"{_kind}\":{{\"_index\":\"{name}\",\"_id\":\"{key}\",\"_version\":1,\"result\":\"created\",\"_shards\":{{\"total\":2,\"successful\":1,\"failed\":0}},\"_seq_no\":{_number},\"_primary_term\":1,\"status\":201}}}}", _items);
        }
    }
}
