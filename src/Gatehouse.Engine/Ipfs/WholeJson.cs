using System.Buffers;
using System.Text.Json;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Ipfs;

/// <summary>Takes a response of one JSON value, of a bounded size, and writes another in its place. One object a request.</summary>
/// <param name="rewrite">Writes what the client gets; false: the value is not what it should be.</param>
internal sealed class WholeJson(Func<JsonElement, Utf8JsonWriter, bool> rewrite) : ResponseFilter
{
    private const int MaxBody = 64 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _body = new(4096);

    /// <inheritdoc/>
    public override bool Begins(ResponseHead head) => head.StatusCode is 200 or 202 && IsPlainJson(head);

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        _body.Write(piece);
        return _body.WrittenCount <= MaxBody;
    }

    /// <inheritdoc/>
    public override bool Finish(IBufferWriter<byte> output)
    {
        if (_body.WrittenSpan.Trim(" \r\n\t"u8).IsEmpty)
        {
            return true; // nothing is said of any pin
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(_body.WrittenMemory);
            using var writer = new Utf8JsonWriter(output);
            return rewrite(json.RootElement, writer);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
