using System.Buffers;
using System.Text;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>Says in words why an item was refused.</summary>
public delegate string BulkReason(BulkRefusal refusal);

/// <summary>
/// Puts the refused items of a bulk into the upstream's answer (status 200) while it streams by, at their positions, and sets
/// <c>errors</c>; the order of the members is whatever it is, and what <c>filter_path</c> has left out of it is added. All other
/// bytes pass as they are, an answer with a top-level <c>error</c> too. The bulk must have been read to its end before.
/// </summary>
public sealed class BulkAnswer : JsonStream
{
    private const int Root = 0;
    private const int Errors = 1;
    private const int Items = 2;

    // Items written before the caller flushes.
    private const int Batch = 128;

    private readonly BulkRefusals _refused;
    private readonly BulkReason _reason;
    private int _next;
    private long _position;
    private bool _hasErrors;
    private bool _hasItems;
    private bool _isOpened;
    private bool _isFailure;

    /// <summary>Makes one for one answer.</summary>
    /// <param name="refused">The refused items.</param>
    /// <param name="reason">Why.</param>
    public BulkAnswer(BulkRefusals refused, BulkReason reason)
        : base(Root, maxHeld: 16)
    {
        _refused = refused;
        _reason = reason;
    }

    /// <summary>Elastic's words for what is missing.</summary>
    /// <param name="user">The name of the principal.</param>
    public static BulkReason ReasonFor(string user) => refusal =>
    {
        (string action, string privileges) = refusal.Action switch
        {
            "index:create_doc" => ("indices:data/write/bulk[s]", "create_doc,create,index,write,all"),
            "index:create" => ("indices:data/write/bulk[s]", "create,index,write,all"),
            "index:index" => ("indices:data/write/bulk[s]", "index,write,all"),
            "index:delete" => ("indices:data/write/bulk[s]", "delete,write,all"),
            _ => ("indices:admin/refresh", "maintenance,manage,all"),
        };
        return $"action [{action}] is unauthorized for user [{user}] on indices [{Encoding.UTF8.GetString(refusal.Index)}], " +
            $"this action is granted by the index privileges [{privileges}]";
    };

    /// <summary>
    /// Writes a whole answer where nothing was forwarded; true when it is whole, false where there is more to come after a flush.
    /// </summary>
    /// <param name="refused">The refused items.</param>
    /// <param name="reason">Why.</param>
    /// <param name="next">Where it goes on; 0 at first.</param>
    /// <param name="output">Takes it.</param>
    public static bool WriteAllRefused(BulkRefusals refused, BulkReason reason, ref int next, IBufferWriter<byte> output)
    {
        if (next == 0)
        {
            output.Write("{\"took\":0,\"errors\":true,\"items\":["u8);
        }

        for (int end = (int)Math.Min(refused.Count, (long)next + Batch); next < end; next++)
        {
            output.Write(next == 0 ? ""u8 : ","u8);
            Item(refused[next], reason, output);
        }

        if (next < refused.Count)
        {
            return false;
        }

        output.Write("]}"u8);
        return true;
    }

    private protected override int Member(int parent, ReadOnlySpan<byte> name)
    {
        if (parent != Root)
        {
            return Nobody;
        }

        _isFailure |= name.SequenceEqual("error"u8);
        bool isErrors = name.SequenceEqual("errors"u8);
        bool isItems = name.SequenceEqual("items"u8);
        _hasErrors |= isErrors;
        _hasItems |= isItems;
        return isErrors ? Errors : isItems ? Items : Nobody;
    }

    private protected override int Element(int parent) => Nobody;

    private protected override bool Holds(int node, byte first) => node == Errors && first is (byte)'t' or (byte)'f';

    private protected override bool Enters(int node, bool isObject) => isObject ? node == Root : node == Items;

    private protected override bool Replace(int node, ReadOnlySpan<byte> written, IBufferWriter<byte> output)
    {
        output.Write(_refused.Count > 0 ? "true"u8 : written);
        return true;
    }

    private protected override bool Inserts(int node) => _refused.Count > 0;

    private protected override bool Insert(int node, bool isEnd, bool isEmpty, IBufferWriter<byte> output)
    {
        if (node == Items)
        {
            return InsertItems(isEnd, output);
        }

        if (_isFailure)
        {
            return true;
        }

        if (!_hasErrors)
        {
            output.Write(isEmpty ? "\"errors\":true"u8 : ",\"errors\":true"u8);
            _hasErrors = true;
        }

        if (_hasItems)
        {
            return true;
        }

        output.Write(_isOpened ? ""u8 : ",\"items\":["u8);
        _isOpened = true;
        _hasItems = InsertItems(isEnd: true, output);
        output.Write(_hasItems ? "]"u8 : ""u8);
        return _hasItems;
    }

    private bool InsertItems(bool isEnd, IBufferWriter<byte> output)
    {
        for (int written = 0; _next < _refused.Count && (isEnd || _refused[_next].Position == _position); written++)
        {
            if (written == Batch)
            {
                return false;
            }

            output.Write(isEnd && _position > 0 ? ","u8 : ""u8);
            Item(_refused[_next], _reason, output);
            output.Write(isEnd ? ""u8 : ","u8);
            _next++;
            _position++;
        }

        _position += isEnd ? 0 : 1;
        return true;
    }

    private static void Item(BulkRefusal refusal, BulkReason reason, IBufferWriter<byte> output)
    {
        output.Write(refusal.Verb switch
        {
            BulkVerb.Index => "{\"index\":{\"_index\":"u8,
            BulkVerb.Create => "{\"create\":{\"_index\":"u8,
            BulkVerb.Update => "{\"update\":{\"_index\":"u8,
            _ => "{\"delete\":{\"_index\":"u8,
        });
        JsonQuote.Write(output, refusal.Index);
        output.Write(",\"_id\":"u8);
        if (refusal.HasId)
        {
            JsonQuote.Write(output, refusal.Id);
        }
        else
        {
            output.Write("null"u8);
        }

        output.Write(",\"status\":403,\"error\":{\"type\":\"security_exception\",\"reason\":"u8);
        JsonQuote.Write(output, Encoding.UTF8.GetBytes(reason(refusal)));
        output.Write("}}}"u8);
    }
}
