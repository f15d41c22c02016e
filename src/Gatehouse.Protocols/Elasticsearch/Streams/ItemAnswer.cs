using System.Buffers;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>
/// Puts the refused items of an <c>_msearch</c>, <c>_mget</c> or <c>_mtermvectors</c> into the upstream's answer (status 200) while it
/// streams by, at their positions; a list that <c>filter_path</c> has left out is added, so that what was refused is always told. All
/// other bytes pass as they are, an answer with a top-level <c>error</c> too.
/// </summary>
public sealed class ItemAnswer : JsonStream
{
    private const int Root = 0;
    private const int List = 1;

    // Entries written before the caller flushes.
    private const int Batch = 128;

    private readonly ItemRefusals _refused;
    private readonly byte[] _name;
    private int _next;
    private long _position;
    private bool _hasList;
    private bool _isOpened;
    private bool _isFailure;

    /// <summary>Makes one for one answer.</summary>
    /// <param name="refused">The refused items.</param>
    public ItemAnswer(ItemRefusals refused)
        : base(Root, maxHeld: 16)
    {
        _refused = refused;
        _name = NameOf(refused.Kind).ToArray();
    }

    /// <summary>
    /// Writes a whole answer where nothing was forwarded; true when it is whole, false where there is more to come after a flush.
    /// </summary>
    /// <param name="refused">The refused items: all there are.</param>
    /// <param name="next">Where it goes on; 0 at first.</param>
    /// <param name="output">Takes it.</param>
    public static bool WriteAllRefused(ItemRefusals refused, ref int next, IBufferWriter<byte> output)
    {
        if (next == 0)
        {
            output.Write(refused.Kind == ItemKind.Searches ? "{\"took\":0,\"responses\":["u8 : "{\"docs\":["u8);
        }

        for (int end = Math.Min(refused.Count, next + Batch); next < end; next++)
        {
            output.Write(next == 0 ? ""u8 : ","u8);
            refused.Write(next, output);
        }

        bool isWhole = next == refused.Count;
        output.Write(isWhole ? "]}"u8 : ""u8);
        return isWhole;
    }

    private protected override int Member(int parent, ReadOnlySpan<byte> name)
    {
        if (parent != Root)
        {
            return Nobody;
        }

        _isFailure |= name.SequenceEqual("error"u8);
        bool isList = name.SequenceEqual(_name);
        _hasList |= isList;
        return isList ? List : Nobody;
    }

    private protected override int Element(int parent) => Nobody;

    private protected override bool Holds(int node, byte first) => false;

    private protected override bool Enters(int node, bool isObject) => isObject ? node == Root : node == List;

    private protected override bool Replace(int node, ReadOnlySpan<byte> written, IBufferWriter<byte> output) => false;

    private protected override bool Inserts(int node) => true;

    private protected override bool Insert(int node, bool isEnd, bool isEmpty, IBufferWriter<byte> output)
    {
        if (node == List)
        {
            return InsertItems(isEnd, output);
        }

        if (_isFailure || _hasList)
        {
            return true;
        }

        if (!_isOpened)
        {
            output.Write(isEmpty ? "\""u8 : ",\""u8);
            output.Write(_name);
            output.Write("\":["u8);
            _isOpened = true;
        }

        _hasList = InsertItems(isEnd: true, output);
        output.Write(_hasList ? "]"u8 : ""u8);
        return _hasList;
    }

    private static ReadOnlySpan<byte> NameOf(ItemKind kind) => kind == ItemKind.Searches ? "responses"u8 : "docs"u8;

    private bool InsertItems(bool isEnd, IBufferWriter<byte> output)
    {
        for (int written = 0; _next < _refused.Count && (isEnd || _refused.PositionOf(_next) == _position); written++)
        {
            if (written == Batch)
            {
                return false;
            }

            output.Write(isEnd && _position > 0 ? ","u8 : ""u8);
            _refused.Write(_next, output);
            output.Write(isEnd ? ""u8 : ","u8);
            _next++;
            _position++;
        }

        _position += isEnd ? 0 : 1;
        return true;
    }
}
