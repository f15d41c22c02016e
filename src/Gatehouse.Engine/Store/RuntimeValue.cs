using System.Buffers.Binary;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store;

/// <summary>Runtime state as stored: its expiry is sealed with it, so that who can write the store cannot prolong it.</summary>
internal static class RuntimeValue
{
    public static byte[] Seal(Sealer sealer, string key, ReadOnlySpan<byte> value, DateTimeOffset? expires)
    {
        byte[] plain = new byte[sizeof(long) + value.Length];
        BinaryPrimitives.WriteInt64BigEndian(plain, expires?.ToUnixTimeMilliseconds() ?? long.MaxValue);
        value.CopyTo(plain.AsSpan(sizeof(long)));
        return sealer.Seal(Place(key), 0, plain);
    }

    /// <summary>The value, or null where it has expired.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3020.</exception>
    public static byte[]? Open(Sealer sealer, string key, ReadOnlySpan<byte> stored, DateTimeOffset now)
    {
        ReadOnlySpan<byte> plain = sealer.Open(Place(key), 0, stored);
        return plain.Length >= sizeof(long) && BinaryPrimitives.ReadInt64BigEndian(plain) > now.ToUnixTimeMilliseconds()
            ? plain[sizeof(long)..].ToArray()
            : null;
    }

    /// <summary>When a value expires; null where it never does, or cannot be opened.</summary>
    public static DateTimeOffset? ExpiryOf(Sealer sealer, string key, ReadOnlySpan<byte> stored) =>
        sealer.TryOpen(Place(key), 0, stored) is { Length: >= sizeof(long) } plain
            && BinaryPrimitives.ReadInt64BigEndian(plain) is var at && at >= 0 && at <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(at)
            : null;

    private static string Place(string key) => "runtime/" + key;
}
