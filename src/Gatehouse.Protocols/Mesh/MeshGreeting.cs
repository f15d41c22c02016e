using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Protocols.Mesh;

/// <summary>
/// What a called node says first: nonce 32, clock 8 (Unix milliseconds), id 16 (hex), version 1 and its length, proof 32. It is
/// all that an untrusted peer learns.
/// </summary>
public static class MeshGreeting
{
    /// <summary>Smallest content: a version of one character.</summary>
    public const int MinSize = FixedSize + 1;

    /// <summary>Largest content.</summary>
    public const int MaxSize = FixedSize + MaxVersion;

    /// <summary>Longest version.</summary>
    public const int MaxVersion = 64;

    /// <summary>Digits of a node's id.</summary>
    public const int IdSize = 16;

    private const int TimeAt = MeshHello.NonceSize;
    private const int IdAt = TimeAt + sizeof(long);
    private const int VersionAt = IdAt + IdSize;
    private const int FixedSize = VersionAt + 1 + MeshKeys.ProofSize;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Writes header and content; how many bytes.</summary>
    /// <param name="frame">Room for <see cref="MeshFrame.HeaderSize"/> and <see cref="MaxSize"/>.</param>
    /// <param name="nonce">The nonce that <paramref name="proof"/> was made with.</param>
    /// <param name="unixMilliseconds">The node's clock.</param>
    /// <param name="id">16 hex digits.</param>
    /// <param name="version">The node's version; what is not printable ASCII or too long is left out.</param>
    /// <param name="proof">Of this connection.</param>
    public static int Write(Span<byte> frame, ReadOnlySpan<byte> nonce, long unixMilliseconds, string id, string version, MeshProof proof)
    {
        Span<byte> content = frame[MeshFrame.HeaderSize..];
        nonce.CopyTo(content);
        BinaryPrimitives.WriteInt64BigEndian(content[TimeAt..], unixMilliseconds);
        if (id.Length != IdSize || Encoding.ASCII.GetBytes(id, content[IdAt..]) != IdSize)
        {
            throw new ArgumentException("a node's id has 16 digits", nameof(id));
        }

        int length = 0;
        foreach (char c in version)
        {
            if (c is > ' ' and <= '~' && length < MaxVersion)
            {
                content[VersionAt + 1 + length++] = (byte)c;
            }
        }

        if (length == 0)
        {
            content[VersionAt + 1 + length++] = (byte)'0';
        }

        content[VersionAt] = (byte)length;
        int end = VersionAt + 1 + length;
        proof.Greeting(content[TimeAt..end], content.Slice(end, MeshKeys.ProofSize));
        int size = end + MeshKeys.ProofSize;
        MeshFrame.WriteHeader(frame, MeshFrameType.Greeting, size);
        return MeshFrame.HeaderSize + size;
    }

    /// <summary>The nonce, with which the proof is checked; empty when the content is too short.</summary>
    public static ReadOnlySpan<byte> Nonce(ReadOnlySpan<byte> content) => content.Length < MinSize ? default : content[..TimeAt];

    /// <summary>Takes the content apart and checks its proof in constant time; false when anything is not as it must be.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, MeshProof proof, out long unixMilliseconds, out string id, out string version)
    {
        unixMilliseconds = 0;
        id = version = "";
        if (content.Length is < MinSize or > MaxSize || content[VersionAt] is 0 or > MaxVersion)
        {
            return false;
        }

        int end = VersionAt + 1 + content[VersionAt];
        if (content.Length != end + MeshKeys.ProofSize)
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[MeshKeys.ProofSize];
        proof.Greeting(content[TimeAt..end], expected);
        ReadOnlySpan<byte> digits = content.Slice(IdAt, IdSize);
        ReadOnlySpan<byte> characters = content[(VersionAt + 1)..end];
        if (!MeshProof.AreEqual(expected, content[end..])
            || digits.ContainsAnyExcept(Digits)
            || characters.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return false;
        }

        unixMilliseconds = BinaryPrimitives.ReadInt64BigEndian(content[TimeAt..]);
        id = Encoding.ASCII.GetString(digits);
        version = Encoding.ASCII.GetString(characters);
        return true;
    }
}
