using System.Text;
using Gatehouse.Protocols.Multipart;

namespace Gatehouse.Protocols.Tests.Multipart;

/// <summary>Keeps what a reader hands on.</summary>
internal sealed class ReadParts : IMultipartSink
{
    private readonly MemoryStream _data = new();

    public List<(MultipartPart Part, byte[] Bytes)> Whole { get; } = [];

    public MultipartPart? Open { get; private set; }

    public Func<MultipartPart, bool> Accepts { get; init; } = static _ => true;

    public static (MultipartError Error, ReadParts Parts) Of(ReadOnlySpan<byte> body, int piece = int.MaxValue, string boundary = "B", MultipartLimits? limits = null, Func<MultipartPart, bool>? accepts = null)
    {
        var parts = new ReadParts { Accepts = accepts ?? (static _ => true) };
        var reader = new MultipartReader(Encoding.ASCII.GetBytes(boundary), limits ?? new MultipartLimits(), parts);
        while (!body.IsEmpty)
        {
            ReadOnlySpan<byte> next = body[..Math.Min(piece, body.Length)];
            if (reader.Push(next) != MultipartError.None)
            {
                break;
            }

            body = body[next.Length..];
        }

        return (reader.Finish(), parts);
    }

    public bool Begin(MultipartPart part)
    {
        if (Open is not null)
        {
            throw new InvalidOperationException("a part within a part");
        }

        Open = part;
        _data.SetLength(0);
        return Accepts(part);
    }

    public bool Data(ReadOnlySpan<byte> bytes)
    {
        _data.Write(bytes);
        return Open is not null && !bytes.IsEmpty;
    }

    public bool End()
    {
        Whole.Add((Open!, _data.ToArray()));
        Open = null;
        return true;
    }
}
