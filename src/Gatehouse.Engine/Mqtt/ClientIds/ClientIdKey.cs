using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>
/// What stands for a client id of a broker: SHA-256 over both, byte for byte. Nothing is normalised, so ids that only look alike
/// are different ones, as they are for the broker.
/// </summary>
internal readonly struct ClientIdKey : IEquatable<ClientIdKey>, IComparable<ClientIdKey>
{
    // Lone surrogates would all become U+FFFD and two ids one: they are a fault of the caller, whose codec refuses them (MQTT 5.0, 1.5.4).
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    private ClientIdKey(ReadOnlySpan<byte> digest)
    {
        _high = BinaryPrimitives.ReadUInt128BigEndian(digest);
        _low = BinaryPrimitives.ReadUInt128BigEndian(digest[16..]);
    }

    /// <summary>The first byte.</summary>
    public byte First => (byte)(_high >> 120);

    /// <summary>The key of an id; the broker's length stands before it, so that no two pairs read the same.</summary>
    public static ClientIdKey Of(string broker, string clientId)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] name = Strict.GetBytes(broker);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, name.Length);
        hash.AppendData(length);
        hash.AppendData(name);
        hash.AppendData(Strict.GetBytes(clientId));
        return new ClientIdKey(hash.GetHashAndReset());
    }

    /// <summary>Reads 64 hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ClientIdKey key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        bool isOne = text.Length == 2 * digest.Length && Convert.FromHexString(text, digest, out _, out _) == System.Buffers.OperationStatus.Done;
        key = isOne ? new ClientIdKey(digest) : default;
        return isOne;
    }

    /// <inheritdoc/>
    public bool Equals(ClientIdKey other) => _high == other._high && _low == other._low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ClientIdKey other && Equals(other);

    // Anybody can look for ids whose digests begin alike: HashCode is seeded anew in each process.
    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine((ulong)_high, (ulong)(_high >> 64));

    /// <inheritdoc/>
    public int CompareTo(ClientIdKey other)
    {
        int high = _high.CompareTo(other._high);
        return high != 0 ? high : _low.CompareTo(other._low);
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt128BigEndian(digest, _high);
        BinaryPrimitives.WriteUInt128BigEndian(digest[16..], _low);
        return Convert.ToHexStringLower(digest);
    }
}
