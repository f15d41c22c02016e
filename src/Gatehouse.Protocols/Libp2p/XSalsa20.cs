using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Gatehouse.Protocols.Libp2p;

/// <summary>
/// XSalsa20 (D. J. Bernstein, "Extending the Salsa20 nonce"): the cipher of libp2p's private networks. A stream of its own per
/// direction, whose place survives reads of any size. It hides and authenticates nothing by itself: there is no MAC.
/// </summary>
public sealed class XSalsa20 : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of a nonce.</summary>
    public const int NonceSize = 24;

    private const int BlockSize = 64;

    // "expand 32-byte k", little-endian words.
    private const uint Sigma0 = 0x61707865;
    private const uint Sigma1 = 0x3320646e;
    private const uint Sigma2 = 0x79622d32;
    private const uint Sigma3 = 0x6b206574;

    private readonly uint[] _state = new uint[16];
    private readonly byte[] _block = new byte[BlockSize];
    private ulong _counter;

    // Bytes of _block that are used up.
    private int _used = BlockSize;

    /// <summary>Begins at the first byte of the key stream.</summary>
    /// <exception cref="ArgumentException">Key or nonce has another size.</exception>
    public XSalsa20(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        if (key.Length != KeySize || nonce.Length != NonceSize)
        {
            throw new ArgumentException("a key has 32 bytes and a nonce 24", nameof(key));
        }

        Span<byte> subKey = stackalloc byte[KeySize];
        DeriveSubKey(key, nonce[..16], subKey);
        Expand(_state, subKey, nonce[16..]);
        CryptographicOperations.ZeroMemory(subKey);
    }

    /// <summary>XORs the key stream's next bytes onto <paramref name="bytes"/>: encrypts and decrypts.</summary>
    public void Apply(Span<byte> bytes)
    {
        bytes = ApplyRest(bytes);
        int batch = SalsaVectors.Blocks * BlockSize;
        while (batch > 0 && bytes.Length >= batch)
        {
            SalsaVectors.Xor(_state, _counter, bytes);
            _counter += (ulong)SalsaVectors.Blocks;
            bytes = bytes[batch..];
        }

        while (!bytes.IsEmpty)
        {
            NextBlock();
            bytes = ApplyRest(bytes);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_state.AsSpan()));
        CryptographicOperations.ZeroMemory(_block);
        _used = BlockSize;
    }

    /// <summary>HSalsa20: the key of the inner Salsa20 from the key and the nonce's first 16 bytes.</summary>
    public static void DeriveSubKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, Span<byte> subKey)
    {
        Span<uint> words = stackalloc uint[16];
        Expand(words, key, nonce);
        for (int i = 0; i < 4; i++)
        {
            words[6 + i] = BinaryPrimitives.ReadUInt32LittleEndian(nonce[(4 * i)..]);
        }

        Rounds(words);
        ReadOnlySpan<byte> order = [0, 5, 10, 15, 6, 7, 8, 9];
        for (int i = 0; i < order.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(subKey[(4 * i)..], words[order[i]]);
        }

        words.Clear();
    }

    // The block counter's words, 8 and 9, stay 0.
    private static void Expand(Span<uint> words, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        words.Clear();
        (words[0], words[5], words[10], words[15]) = (Sigma0, Sigma1, Sigma2, Sigma3);
        for (int i = 0; i < 4; i++)
        {
            words[1 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * i)..]);
            words[11 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(16 + (4 * i))..]);
        }

        words[6] = BinaryPrimitives.ReadUInt32LittleEndian(nonce);
        words[7] = BinaryPrimitives.ReadUInt32LittleEndian(nonce[4..]);
    }

    private Span<byte> ApplyRest(Span<byte> bytes)
    {
        int count = Math.Min(BlockSize - _used, bytes.Length);
        for (int i = 0; i < count; i++)
        {
            bytes[i] ^= _block[_used + i];
        }

        _used += count;
        return bytes[count..];
    }

    private void NextBlock()
    {
        Span<uint> words = stackalloc uint[16];
        _state.CopyTo(words);
        words[8] = (uint)_counter;
        words[9] = (uint)(_counter >> 32);
        Rounds(words);
        for (int i = 0; i < 16; i++)
        {
            uint before = i switch { 8 => (uint)_counter, 9 => (uint)(_counter >> 32), _ => _state[i] };
            BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(4 * i), words[i] + before);
        }

        _counter++;
        _used = 0;
    }

    private static void Rounds(Span<uint> x)
    {
        for (int round = 0; round < 10; round++)
        {
            Quarter(ref x[0], ref x[4], ref x[8], ref x[12]);
            Quarter(ref x[5], ref x[9], ref x[13], ref x[1]);
            Quarter(ref x[10], ref x[14], ref x[2], ref x[6]);
            Quarter(ref x[15], ref x[3], ref x[7], ref x[11]);
            Quarter(ref x[0], ref x[1], ref x[2], ref x[3]);
            Quarter(ref x[5], ref x[6], ref x[7], ref x[4]);
            Quarter(ref x[10], ref x[11], ref x[8], ref x[9]);
            Quarter(ref x[15], ref x[12], ref x[13], ref x[14]);
        }
    }

    private static void Quarter(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        b ^= BitOperations.RotateLeft(a + d, 7);
        c ^= BitOperations.RotateLeft(b + a, 9);
        d ^= BitOperations.RotateLeft(c + b, 13);
        a ^= BitOperations.RotateLeft(d + c, 18);
    }
}
