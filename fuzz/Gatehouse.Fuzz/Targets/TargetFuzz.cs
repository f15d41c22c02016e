using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Http;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>Request targets: what is accepted has one canonical form, and that form means the same.</summary>
public sealed class TargetFuzz : IFuzzTarget
{
    private static readonly SearchValues<char> NeverBare = SearchValues.Create("\\;# \"<>");

    private readonly CanonicalTarget _first = new();
    private readonly CanonicalTarget _second = new();

    /// <inheritdoc/>
    public string Name => "target";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
        ["/", "//", "%2F", "%5C", "%2e", "..", "%00", "%c3%a9", "%c0%af", "%ed%a0%80", "?", "&", "=", "+", ";", "#", "%25", "%u0041", "*", "http://"];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        string raw = Encoding.Latin1.GetString(input);
        TargetError error = _first.Parse(raw);
        if (error != TargetError.None)
        {
            Require(_first.SegmentCount == 0 && _first.ParameterCount == 0, "a refused target is empty");
            return;
        }

        string canonical = _first.ToString();
        Require(canonical.Length <= CanonicalTarget.MaxLength, "the canonical form keeps the limit");
        Require(canonical[0] == '/' && !canonical.Contains("//", StringComparison.Ordinal), "the canonical form begins with one slash");
        Require(!canonical.AsSpan().ContainsAny(NeverBare) && Ascii.IsValid(canonical), "the canonical form has plain characters only");
        Require(_second.Parse(canonical) == TargetError.None, "the canonical form is accepted");
        Require(string.Equals(_second.ToString(), canonical, StringComparison.Ordinal), "the canonical form is a fixed point");
        Require(_first.SegmentCount == _second.SegmentCount && _first.ParameterCount == _second.ParameterCount &&
            _first.HasTrailingSlash == _second.HasTrailingSlash, "the canonical form has the same parts");
        for (int i = 0; i < _first.SegmentCount; i++)
        {
            ReadOnlySpan<byte> segment = _first.Segment(i);
            Require(segment.SequenceEqual(_second.Segment(i)) && _first.HasEncodedSlash(i) == _second.HasEncodedSlash(i), "segments stay");
            Require(segment.Length > 0 && !segment.SequenceEqual("."u8) && !segment.SequenceEqual(".."u8), "no empty or dot segment");
            Require(!segment.ContainsAnyInRange((byte)0, (byte)0x1f) && segment.Contains((byte)'/') == _first.HasEncodedSlash(i), "no hidden slash or control");
        }

        for (int i = 0; i < _first.ParameterCount; i++)
        {
            Require(_first.ParameterName(i).SequenceEqual(_second.ParameterName(i)) && _first.ParameterName(i).Length > 0 &&
                _first.ParameterValue(i).SequenceEqual(_second.ParameterValue(i)) && _first.IsRepeated(i) == _second.IsRepeated(i), "parameters stay");
        }
    }
}
