using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// Follows the answer to an add and finds its root, which is the last object: <c>{"cid": …}</c> of ipfs-cluster, <c>{"Hash": …}</c> and
/// <c>{"Pins": […]}</c> of its proxy and of Kubo; a line each, or one array. All of it goes on as it comes but the last object, which waits until what is to
/// be done with the root is done. One object a request.
/// </summary>
/// <param name="settle">What is done with the root; false: the answer must not end well.</param>
internal sealed class AddedRoot(Func<Cid, ValueTask<bool>> settle) : ResponseFilter
{
    /// <summary>Longest object.</summary>
    private const int MaxObject = 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _object = new(1024);
    private readonly ArrayBufferWriter<byte> _held = new(1024);
    private string? _root;
    private int _depth;
    private bool _isText;
    private bool _isEscaped;

    /// <inheritdoc/>
    public override bool Begins(ResponseHead head)
    {
        if (head.StatusCode != 200)
        {
            return false;
        }

        return head.Headers.TryGet("content-encoding"u8, out ReadOnlySpan<byte> coding) && !Ascii.EqualsIgnoreCase(coding, "identity"u8)
            ? throw new ForwardFault(ForwardResult.UpstreamMalformed, "the response is compressed though nobody asked for it")
            : true;
    }

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        int from = 0;
        for (int at = 0; at < piece.Length; at++)
        {
            if (!Step(piece[at], out bool begins, out bool ends))
            {
                return false;
            }

            if (begins)
            {
                // Another object: the one before was not the last.
                Hold(piece[from..at]);
                output.Write(_held.WrittenSpan);
                _held.ResetWrittenCount();
                from = at;
            }
            else if (ends)
            {
                _object.Write(piece[from..(at + 1)]);
                from = at + 1;
                if (!Take())
                {
                    return false;
                }
            }
        }

        if (_depth > 0)
        {
            _object.Write(piece[from..]);
            return _object.WrittenCount <= MaxObject;
        }

        Hold(piece[from..]);
        return _held.WrittenCount <= 2 * MaxObject;
    }

    /// <inheritdoc/>
    public override bool Finish(IBufferWriter<byte> output)
    {
        output.Write(_held.WrittenSpan);
        _held.ResetWrittenCount();
        return _depth == 0 && !_isText;
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> FinishAsync(IBufferWriter<byte> output) =>
        (_root is null || (Cid.TryParse(Encoding.UTF8.GetBytes(_root), out Cid? root) && await settle(root))) && Finish(output);

    /// <inheritdoc/>
    public override void End(HeaderBlock trailers)
    {
        // ipfs-cluster tells there of an add that failed on its way: what came last is no root.
        if (trailers.TryGet("x-stream-error"u8, out ReadOnlySpan<byte> error) && !error.IsEmpty)
        {
            _root = null;
        }
    }

    private void Hold(ReadOnlySpan<byte> bytes) => _held.Write(bytes);

    /// <summary>One byte of JSON. Arrays outside of objects are only what holds them together.</summary>
    private bool Step(byte c, out bool begins, out bool ends)
    {
        begins = ends = false;
        if (_isText)
        {
            _isText = _isEscaped || c != (byte)'"';
            _isEscaped = !_isEscaped && c == (byte)'\\';
            return true;
        }

        switch (c)
        {
            case (byte)'"':
                _isText = true;
                return _depth > 0;
            case (byte)'{':
                begins = _depth == 0;
                return ++_depth < 64;
            case (byte)'}':
                ends = _depth == 1;
                return --_depth >= 0;
            default:
                return _depth > 0 || c is (byte)'[' or (byte)']' or (byte)',' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'
                    || (c is (byte)'n' or (byte)'u' or (byte)'l'); // `null`: an empty list of Go
        }
    }

    private bool Take()
    {
        Hold(_object.WrittenSpan);
        try
        {
            var json = new Utf8JsonReader(_object.WrittenSpan);
            json.Read();
            string? root = null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isRoot = json.ValueTextEquals("cid"u8) || json.ValueTextEquals("Hash"u8);
                bool arePins = json.ValueTextEquals("Pins"u8);
                json.Read();
                if ((isRoot && json.TokenType == JsonTokenType.String)
                    || (arePins && json.TokenType == JsonTokenType.StartArray && json.Read() && json.TokenType == JsonTokenType.String))
                {
                    root = json.GetString();
                }

                json.Skip();
            }

            // A report of progress names none.
            _root = string.IsNullOrEmpty(root) ? _root : root;
        }
        catch (JsonException)
        {
            return false;
        }

        _object.ResetWrittenCount();
        return true;
    }
}
