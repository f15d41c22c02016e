namespace Gatehouse.Engine.Auditing.Scanning;

/// <summary>Reads a trail line by line, oldest first.</summary>
internal interface ILineScan
{
    /// <summary>One whole line, without its end; valid during the call.</summary>
    void Line(ReadOnlySpan<byte> line);
}

/// <summary>Which part of a trail is read.</summary>
/// <param name="Since">Not before.</param>
/// <param name="Until">Before.</param>
internal readonly record struct TrailSpan(DateTimeOffset Since, DateTimeOffset Until);
