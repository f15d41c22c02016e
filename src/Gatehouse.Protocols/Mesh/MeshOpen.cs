using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Protocols.Mesh;

/// <summary>
/// A caller wants a stream: index of the service's port 2, the service's name 1 and its length, proof 32. Never a host or a port
/// number: what a service is stands in the called node's configuration.
/// </summary>
public static class MeshOpen
{
    /// <summary>Longest name of a service.</summary>
    public const int MaxService = 64;

    /// <summary>Smallest content.</summary>
    public const int MinSize = FixedSize + 1;

    /// <summary>Largest content.</summary>
    public const int MaxSize = FixedSize + MaxService;

    private const int NameAt = 3;
    private const int FixedSize = NameAt + MeshKeys.ProofSize;

    private static readonly SearchValues<char> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");
    private static readonly SearchValues<byte> Bytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-"u8);

    /// <summary>Whether a service may be called so: 1 to 64 of <c>a-z 0-9 . _ -</c>.</summary>
    public static bool IsName(string service) =>
        service.Length is > 0 and <= MaxService && !service.AsSpan().ContainsAnyExcept(Characters);

    /// <summary>Writes header and content; how many bytes.</summary>
    /// <param name="frame">Room for <see cref="MeshFrame.HeaderSize"/> and <see cref="MaxSize"/>.</param>
    /// <param name="number">The stream's number on this connection, from 0.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="port">Index of its port.</param>
    /// <param name="proof">Of this connection.</param>
    public static int Write(Span<byte> frame, ulong number, string service, int port, MeshProof proof)
    {
        if (!IsName(service))
        {
            throw new ArgumentException("a service cannot be called so", nameof(service));
        }

        Span<byte> content = frame[MeshFrame.HeaderSize..];
        BinaryPrimitives.WriteUInt16BigEndian(content, checked((ushort)port));
        content[2] = (byte)service.Length;
        int end = NameAt + Encoding.ASCII.GetBytes(service, content[NameAt..]);
        proof.Open(number, content[..end], content.Slice(end, MeshKeys.ProofSize));
        int size = end + MeshKeys.ProofSize;
        MeshFrame.WriteHeader(frame, MeshFrameType.Open, size);
        return MeshFrame.HeaderSize + size;
    }

    /// <summary>Takes the content apart and checks its proof in constant time; false when its form is not as it must be.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, ulong number, MeshProof proof, out string service, out int port, out bool isProven)
    {
        service = "";
        port = 0;
        isProven = false;
        if (content.Length is < MinSize or > MaxSize || content[2] is 0 or > MaxService || content.Length != FixedSize + content[2])
        {
            return false;
        }

        int end = NameAt + content[2];
        ReadOnlySpan<byte> name = content[NameAt..end];
        if (name.ContainsAnyExcept(Bytes))
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[MeshKeys.ProofSize];
        proof.Open(number, content[..end], expected);
        isProven = MeshProof.AreEqual(expected, content[end..]);
        port = BinaryPrimitives.ReadUInt16BigEndian(content);
        service = Encoding.ASCII.GetString(name);
        return true;
    }
}
