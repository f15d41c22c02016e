using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// Leaves only the pins of the caller in a list of pins: lines of JSON, each an object with a <c>cid</c> (ipfs-cluster
/// <c>GET /allocations</c> and <c>GET /pins</c>). A line that cannot be read ends the response. One object a request.
/// </summary>
/// <param name="show">Writes a pin, by its CID as the upstream writes it and its whole line; false: it cannot be read.</param>
internal sealed class OwnLines(OwnLines.Show show) : ResponseFilter
{
    /// <summary>Longest line: one pin with its metadata and a status of each peer.</summary>
    private const int MaxLine = 4 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _line = new(4096);

    /// <summary>Writes a pin with the end of its line, or nothing where the caller may not see it; false: it cannot be read.</summary>
    public delegate bool Show(string cid, ReadOnlyMemory<byte> line, IBufferWriter<byte> output);

    /// <inheritdoc/>
    public override bool Begins(ResponseHead head)
    {
        if (head.StatusCode != 200)
        {
            return false; // an error, which names no pin that was not asked for
        }

        if (head.Headers.TryGet("content-encoding"u8, out ReadOnlySpan<byte> coding) && !Ascii.EqualsIgnoreCase(coding, "identity"u8))
        {
            throw new ForwardFault(ForwardResult.UpstreamMalformed, "the response is compressed though nobody asked for it");
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        while (true)
        {
            int end = piece.IndexOf((byte)'\n');
            if (end < 0)
            {
                _line.Write(piece);
                return _line.WrittenCount <= MaxLine;
            }

            _line.Write(piece[..end]);
            if (!Take(output))
            {
                return false;
            }

            piece = piece[(end + 1)..];
        }
    }

    /// <inheritdoc/>
    public override bool Finish(IBufferWriter<byte> output) => Take(output);

    private bool Take(IBufferWriter<byte> output)
    {
        ReadOnlyMemory<byte> line = _line.WrittenMemory.Trim(" \t\r"u8);
        if (line.IsEmpty)
        {
            _line.ResetWrittenCount();
            return true;
        }

        if (line.Length > MaxLine || ReadCid(line.Span) is not { } cid || !show(cid, line, output))
        {
            return false;
        }

        _line.ResetWrittenCount();
        return true;
    }

    /// <summary>The pin that a line is about: a text, or in older versions an IPLD link. Null: it is not said once and plainly.</summary>
    private static string? ReadCid(ReadOnlySpan<byte> line)
    {
        string? cid = null;
        try
        {
            var json = new Utf8JsonReader(line, isFinalBlock: true, default);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isCid = json.ValueTextEquals("cid"u8);
                json.Read();
                if (!isCid)
                {
                    json.Skip();
                    continue;
                }

                if (cid is not null || (cid = json.TokenType == JsonTokenType.String ? json.GetString() : ReadLink(ref json)) is null)
                {
                    return null;
                }
            }

            return json.TokenType == JsonTokenType.EndObject && !json.Read() ? cid : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? ReadLink(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject || !json.Read() || !json.ValueTextEquals("/"u8) || !json.Read() || json.TokenType != JsonTokenType.String)
        {
            return null;
        }

        string? link = json.GetString();
        return json.Read() && json.TokenType == JsonTokenType.EndObject ? link : null;
    }
}
