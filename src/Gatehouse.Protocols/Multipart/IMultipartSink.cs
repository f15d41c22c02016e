namespace Gatehouse.Protocols.Multipart;

/// <summary>Takes the parts of a body in order: <see cref="Begin"/>, any number of <see cref="Data"/>, <see cref="End"/>.</summary>
public interface IMultipartSink
{
    /// <summary>A part begins: its headers are read, none of its bytes is. False refuses it.</summary>
    bool Begin(MultipartPart part);

    /// <summary>Bytes of it. False refuses it.</summary>
    bool Data(ReadOnlySpan<byte> bytes);

    /// <summary>It is complete. False refuses it.</summary>
    bool End();
}

/// <summary>What the headers of a part say.</summary>
/// <param name="Name">Name of the field.</param>
/// <param name="FileName">Name of the file, or null for a plain field. As the client wrote it: any text without control characters.</param>
/// <param name="ContentType">Media type as written, or null.</param>
/// <param name="Length">Length in bytes as announced, or null; the reader checks it.</param>
public sealed record MultipartPart(string Name, string? FileName, string? ContentType, long? Length);

/// <summary>Limits of a body.</summary>
public sealed record MultipartLimits
{
    /// <summary>Most bytes of all headers of one part.</summary>
    public int MaxHeaders { get; init; } = 4096;

    /// <summary>Most parts.</summary>
    public int MaxParts { get; init; } = 100;

    /// <summary>Most bytes of one part's content.</summary>
    public long MaxPart { get; init; } = long.MaxValue;
}
