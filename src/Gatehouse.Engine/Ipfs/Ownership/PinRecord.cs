using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>An ownership as the store has it: one record an owner of a CID, so that each change is one small write.</summary>
internal static class PinRecord
{
    private const byte Version = 1;
    private const string Prefix = "pins/";
    private const int HashLength = 2 * SHA256.HashSizeInBytes;

    // Lone surrogates would all become U+FFFD and two names one: they are a fault of the caller.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Where all of them lie in the store.</summary>
    public static string Place => Prefix;

    /// <summary>What stands for a CID of a cluster, 64 hexadecimal digits. Lengths stand before the words, so that no two pairs read the same.</summary>
    public static string KeyOf(string cluster, string cid) => Hash(cluster, cid);

    /// <summary>The place of one in the store.</summary>
    public static string PlaceOf(string key, PinOwner owner) => $"{Prefix}{key}/{Hash(owner.Realm, owner.Name, owner.Tag)}";

    /// <summary>The key that a place stands for.</summary>
    public static bool TryParsePlace(string place, [NotNullWhen(true)] out string? key)
    {
        bool isOne = place.Length == Prefix.Length + HashLength + 1 + HashLength
            && place.StartsWith(Prefix, StringComparison.Ordinal)
            && place[Prefix.Length + HashLength] == '/';
        key = isOne ? place.Substring(Prefix.Length, HashLength) : null;
        return isOne;
    }

    /// <summary>Whether a text can be kept at all.</summary>
    public static bool IsText(string text)
    {
        try
        {
            return Strict.GetByteCount(text) >= 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>For the store.</summary>
    public static byte[] Write(PinOwnership one)
    {
        using var stream = new MemoryStream(256);
        using var writer = new BinaryWriter(stream, Strict);
        writer.Write(Version);
        writer.Write((byte)one.State);
        writer.Write(one.Created.ToUnixTimeMilliseconds());
        writer.Write(one.Cluster);
        writer.Write(one.Cid);
        writer.Write(one.Owner.Realm);
        writer.Write(one.Owner.Name);
        writer.Write(one.Owner.Tag);
        writer.Write(one.RequestId);
        writer.Write(one.Name);
        writer.Write(one.Meta.Count);
        foreach ((string key, string value) in one.Meta)
        {
            writer.Write(key);
            writer.Write(value);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>From the store; false: not one, of a newer version, or not of this place.</summary>
    public static bool TryRead(string place, byte[] stored, [NotNullWhen(true)] out PinOwnership? one)
    {
        one = null;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(stored), Strict);
            if (reader.ReadByte() != Version || (PinState)reader.ReadByte() is var state && state > PinState.Leaving)
            {
                return false;
            }

            var created = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
            (string cluster, string cid) = (reader.ReadString(), reader.ReadString());
            PinOwner owner = new(reader.ReadString(), reader.ReadString(), reader.ReadString());
            (string id, string name) = (reader.ReadString(), reader.ReadString());
            Dictionary<string, string> meta = new(StringComparer.Ordinal);
            for (int left = reader.ReadInt32(); left > 0; left--)
            {
                meta[reader.ReadString()] = reader.ReadString();
            }

            one = new PinOwnership
            {
                Cluster = cluster,
                Cid = cid,
                Owner = owner,
                RequestId = id,
                Name = name,
                Meta = meta.Count == 0 ? FrozenDictionary<string, string>.Empty : meta,
                Created = created,
                State = state,
            };
            return place == PlaceOf(KeyOf(cluster, cid), owner);
        }
        catch (Exception fault) when (fault is IOException or FormatException or ArgumentException)
        {
            return false;
        }
    }

    private static string Hash(params ReadOnlySpan<string> words)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string word in words)
        {
            byte[] bytes = Strict.GetBytes(word);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
