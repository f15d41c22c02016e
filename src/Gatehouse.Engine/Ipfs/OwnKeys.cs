using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// Leaves only the caller's pins in what the proxy answers to <c>pin/ls</c>: one object of CIDs (<c>{"Keys": {…}}</c>), or with
/// <c>stream=true</c> an object a line (<c>{"Cid": …}</c>). One object a request.
/// </summary>
/// <param name="isOwn">Whether a pin is the caller's.</param>
internal sealed class OwnKeys(Func<Cid, bool> isOwn) : ResponseFilter
{
    private const int MaxBody = 256 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _body = new(4096);

    /// <inheritdoc/>
    public override bool Begins(ResponseHead head)
    {
        if (head.StatusCode != 200)
        {
            return false; // an error, which names no pin that was not asked for
        }

        return head.Headers.TryGet("content-encoding"u8, out ReadOnlySpan<byte> coding) && !Ascii.EqualsIgnoreCase(coding, "identity"u8)
            ? throw new ForwardFault(ForwardResult.UpstreamMalformed, "the response is compressed though nobody asked for it")
            : true;
    }

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        // Looked through for ends of lines once: what was held before has none, and may be as long as all pins in one line.
        bool endsLine = piece.Contains((byte)'\n');
        _body.Write(piece);
        return _body.WrittenCount <= MaxBody && (!endsLine || TakeLines(output));
    }

    /// <inheritdoc/>
    public override bool Finish(IBufferWriter<byte> output) => TakeLines(output) && Take(_body.WrittenMemory, output);

    // A line that is complete need not wait for the others; what is one object comes in one line.
    private bool TakeLines(IBufferWriter<byte> output)
    {
        ReadOnlyMemory<byte> all = _body.WrittenMemory;
        int from = 0;
        while (all.Span[from..].IndexOf((byte)'\n') is >= 0 and int end)
        {
            if (!Take(all.Slice(from, end), output))
            {
                return false;
            }

            from += end + 1;
        }

        if (from > 0)
        {
            byte[] rest = all[from..].ToArray();
            _body.ResetWrittenCount();
            _body.Write(rest);
        }

        return true;
    }

    private bool Take(ReadOnlyMemory<byte> line, IBufferWriter<byte> output)
    {
        if (line.Span.Trim(" \r\t\n"u8).IsEmpty)
        {
            return true;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement value = json.RootElement;
            if (value.TryGetProperty("Keys", out JsonElement keys) && value.GetPropertyCount() == 1)
            {
                WriteKeys(keys, output);
                output.Write("\n"u8);
                return true;
            }

            if (!value.TryGetProperty("Cid", out JsonElement cid))
            {
                return false;
            }

            if (IsOwn(cid.GetString()))
            {
                output.Write(line.Span);
                output.Write("\n"u8);
            }

            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private void WriteKeys(JsonElement keys, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartObject("Keys");
        foreach (JsonProperty key in keys.EnumerateObject().Where(key => IsOwn(key.Name)))
        {
            key.WriteTo(json);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private bool IsOwn(string? text) => text is not null && Cid.TryParse(text, out Cid? cid) && isOwn(cid);
}
