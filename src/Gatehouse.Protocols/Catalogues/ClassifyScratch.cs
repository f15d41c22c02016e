using System.Text;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>Working memory of <see cref="CatalogueEndpoint.Classify"/>; reusable, owned by one connection at a time.</summary>
public sealed class ClassifyScratch
{
    private byte[] _bytes = new byte[256];

    /// <summary>Why the body was no strict JSON, after <see cref="ClassifyError.MalformedJson"/>.</summary>
    public JsonError JsonError { get; internal set; }

    internal StrictJson Json { get; } = new();

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    internal void Clear() => Length = 0;

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    internal void Append(string text) => Length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));

    internal Span<byte> Room(int bytes)
    {
        if (Length + bytes > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        }

        return _bytes.AsSpan(Length);
    }

    internal void Advance(int bytes) => Length += bytes;
}
