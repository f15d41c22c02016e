using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>
/// A content identifier (multiformats, "CID"), version 0 or 1, from any of the usual alphabets. One content can be written in many
/// ways; what is decided and kept goes by <see cref="Text"/> and <see cref="Key"/>, never by what was sent.
/// </summary>
public sealed class Cid : IEquatable<Cid>
{
    /// <summary>Longest text: 128 bytes of identity digest in base16, with what stands before them.</summary>
    public const int MaxText = 330;

    private const int MaxBytes = 160;
    private const int Version0Length = 46;
    private const byte DagPb = 0x70;

    private Cid(int version, ulong codec, ReadOnlySpan<byte> canonical, ReadOnlySpan<byte> multihash, string? exact)
    {
        Version = version;
        Codec = codec;
        Text = Multibase.EncodeBase32(canonical);
        Exact = exact ?? Text;
        Key = Convert.ToHexStringLower(multihash);
    }

    /// <summary>0 or 1.</summary>
    public int Version { get; }

    /// <summary>The kind of content (multicodec), such as 0x70 for dag-pb and 0x55 for raw.</summary>
    public ulong Codec { get; }

    /// <summary>
    /// Version 1 in base32, lower case; a version 0 is written as the version 1 that means the same. The resource in policies and
    /// records: a rule on one CID cannot be passed by writing it in another way.
    /// </summary>
    public string Text { get; }

    /// <summary>The name of the pin at the upstream, where the same content under version 0 and version 1 are two pins.</summary>
    public string Exact { get; }

    /// <summary>
    /// The multihash in hex: what ownership goes by. Cluster keys pins by the bytes of the CID, so version 0, version 1 and other
    /// codecs of one hash are pins of their own there; the blocks that they hold are the same. Taking them for one is the safe side:
    /// nobody becomes the sole owner of what is somebody else's by writing its CID in another way.
    /// </summary>
    public string Key { get; }

    /// <summary>Reads a CID and nothing but one: no path, no scheme, no white space.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Cid? cid)
    {
        cid = null;
        Span<byte> bytes = stackalloc byte[MaxBytes];
        if (text.Length is < 2 or > MaxText)
        {
            return false;
        }

        if (text.StartsWith("Qm"u8))
        {
            if (text.Length != Version0Length || !Multibase.TryDecodeBase58(text, bytes, out int length) || length != 34 ||
                bytes[0] != 0x12 || bytes[1] != 32)
            {
                return false;
            }

            ReadOnlySpan<byte> hash = bytes[..length];
            cid = new Cid(0, DagPb, [1, DagPb, .. hash], hash, Encoding.ASCII.GetString(text));
            return true;
        }

        if (!Multibase.TryDecode(text, bytes, out int written))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[..written];
        if (!Multihash.TryNumber(ref rest, out ulong version) || version != 1 || !Multihash.TryNumber(ref rest, out ulong codec) ||
            codec > int.MaxValue || !Multihash.IsOne(rest))
        {
            return false;
        }

        cid = new Cid(1, codec, bytes[..written], rest, exact: null);
        return true;
    }

    /// <summary>Reads a CID from text.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Cid? cid)
    {
        cid = null;
        return text.Length <= MaxText && Ascii.IsValid(text) && TryParse(Encoding.ASCII.GetBytes(text), out cid);
    }

    /// <inheritdoc/>
    public bool Equals(Cid? other) => other is not null && Exact == other.Exact;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Cid);

    /// <inheritdoc/>
    public override int GetHashCode() => Exact.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
