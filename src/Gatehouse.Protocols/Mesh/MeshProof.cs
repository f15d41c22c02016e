using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Gatehouse.Protocols.Mesh;

/// <summary>
/// Proofs inside of TLS. Each binds the secret to this very TLS connection by the hashes of both certificates and both nonces
/// (the caller's is the one of its first message), to its sender's role, and to what it is about, so that none can be used
/// elsewhere, in the other direction, or twice.
/// </summary>
public sealed class MeshProof
{
    private const int HashSize = 32;
    private const int LabelSize = 24;
    private const int TranscriptSize = 4 * HashSize;
    private const int MaxText = 160;

    private readonly MeshKeys _keys;
    private readonly byte[] _transcript = new byte[TranscriptSize];

    /// <summary>Proofs of one TLS connection.</summary>
    /// <param name="keys">Of the secret that the caller's first message was made with.</param>
    /// <param name="callerHash">SHA-256 of the caller's certificate (DER).</param>
    /// <param name="calledHash">SHA-256 of the called node's certificate (DER).</param>
    /// <param name="callerNonce">The nonce of the first message.</param>
    /// <param name="calledNonce">The nonce of the greeting.</param>
    /// <exception cref="ArgumentException">One of them has not 32 bytes.</exception>
    public MeshProof(
        MeshKeys keys,
        ReadOnlySpan<byte> callerHash,
        ReadOnlySpan<byte> calledHash,
        ReadOnlySpan<byte> callerNonce,
        ReadOnlySpan<byte> calledNonce)
    {
        if (callerHash.Length != HashSize || calledHash.Length != HashSize || callerNonce.Length != HashSize || calledNonce.Length != HashSize)
        {
            throw new ArgumentException("hashes and nonces have 32 bytes", nameof(callerHash));
        }

        _keys = keys;
        callerHash.CopyTo(_transcript);
        calledHash.CopyTo(_transcript.AsSpan(HashSize));
        callerNonce.CopyTo(_transcript.AsSpan(2 * HashSize));
        calledNonce.CopyTo(_transcript.AsSpan(3 * HashSize));
    }

    /// <summary>The called node's proof, in its greeting.</summary>
    /// <param name="about">Everything else that the greeting says.</param>
    /// <param name="proof">32 bytes.</param>
    public void Greeting(ReadOnlySpan<byte> about, Span<byte> proof) => Sign("gatehouse/mesh/1/greetng"u8, 0, about, proof);

    /// <summary>The caller's proof, for each stream.</summary>
    /// <param name="number">The stream's number on this connection, from 0.</param>
    /// <param name="about">The port's index and the service's name.</param>
    /// <param name="proof">32 bytes.</param>
    public void Open(ulong number, ReadOnlySpan<byte> about, Span<byte> proof) => Sign("gatehouse/mesh/1/openstr"u8, number, about, proof);

    /// <summary>The called node's proof, for each answer.</summary>
    /// <param name="number">The stream's number on this connection, from 0.</param>
    /// <param name="about">The status byte.</param>
    /// <param name="proof">32 bytes.</param>
    public void Opened(ulong number, ReadOnlySpan<byte> about, Span<byte> proof) => Sign("gatehouse/mesh/1/opened!"u8, number, about, proof);

    private void Sign(ReadOnlySpan<byte> label, ulong number, ReadOnlySpan<byte> about, Span<byte> proof)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(about.Length, MaxText);
        Span<byte> text = stackalloc byte[LabelSize + TranscriptSize + sizeof(ulong) + sizeof(int) + MaxText];
        label.CopyTo(text);
        int at = LabelSize;
        _transcript.CopyTo(text[at..]);
        at += TranscriptSize;
        BinaryPrimitives.WriteUInt64BigEndian(text[at..], number);
        at += sizeof(ulong);
        BinaryPrimitives.WriteInt32BigEndian(text[at..], about.Length);
        at += sizeof(int);
        about.CopyTo(text[at..]);
        _keys.Sign(text[..(at + about.Length)], proof);
    }

    internal static bool AreEqual(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => CryptographicOperations.FixedTimeEquals(a, b);
}
