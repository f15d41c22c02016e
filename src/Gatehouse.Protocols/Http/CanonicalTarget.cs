using System.Buffers;

namespace Gatehouse.Protocols.Http;

/// <summary>stub</summary>
public sealed class CanonicalTarget
{
    public const int MaxLength = 8192;
    public const int MaxSegments = 256;
    public const int MaxParameters = 128;

    public int SegmentCount => throw new NotSupportedException();
    public bool HasTrailingSlash => throw new NotSupportedException();
    public int ParameterCount => throw new NotSupportedException();

    public TargetError Parse(string rawTarget) => throw new NotSupportedException();
    public ReadOnlySpan<byte> Segment(int index) => throw new NotSupportedException();
    public bool HasEncodedSlash(int segment) => throw new NotSupportedException();
    public ReadOnlySpan<byte> ParameterName(int index) => throw new NotSupportedException();
    public ReadOnlySpan<byte> ParameterValue(int index) => throw new NotSupportedException();
    public bool ParameterHasValue(int index) => throw new NotSupportedException();
    public bool IsRepeated(int parameter) => throw new NotSupportedException();
    public void WriteCanonical(IBufferWriter<byte> into) => throw new NotSupportedException();
    public int WriteCanonical(Span<byte> into) => throw new NotSupportedException();
    public int MaxCanonicalLength => throw new NotSupportedException();
    public override string ToString() => throw new NotSupportedException();
}
