namespace Gatehouse.Testing.Ignite.Wire;

/// <summary>The feature bits of a handshake.</summary>
/// <param name="Bits">Bit n is feature n.</param>
public readonly record struct FeatureSet(ulong Bits)
{
    /// <summary>What turns transactions into directly mapped ones; a server offers them all or none.</summary>
    public static readonly FeatureSet DirectMapping = Of(2, 6, 7, 8);

    /// <summary>A client or server of 3.0.0.</summary>
    public static FeatureSet None => default;

    /// <summary>The .NET client of 3.1.0: 3b.</summary>
    public static FeatureSet Client310 => Of(0, 1, 3, 4, 5);

    /// <summary>The .NET client of the development version: 3b 42 05.</summary>
    public static FeatureSet ClientHead => Of(0, 1, 3, 4, 5, 9, 14, 16, 18);

    /// <summary>Every bit that has a meaning.</summary>
    public static FeatureSet All => new((1UL << 19) - 1);

    /// <summary>These bits.</summary>
    public static FeatureSet Of(params int[] bits) => new(bits.Aggregate(0UL, (all, bit) => all | (1UL << bit)));

    /// <summary>Bytes in little-endian order; what is beyond 64 bits is dropped.</summary>
    public static FeatureSet Parse(ReadOnlySpan<byte> bytes)
    {
        ulong all = 0;
        for (int i = 0; i < Math.Min(8, bytes.Length); i++)
        {
            all |= (ulong)bytes[i] << (8 * i);
        }

        return new FeatureSet(all);
    }

    public static FeatureSet operator &(FeatureSet one, FeatureSet other) => new(one.Bits & other.Bits);

    public static FeatureSet operator |(FeatureSet one, FeatureSet other) => new(one.Bits | other.Bits);

    /// <summary>These without the others.</summary>
    public FeatureSet Except(FeatureSet others) => new(Bits & ~others.Bits);

    /// <summary>True where the bit is set.</summary>
    public bool Has(int bit) => (Bits & (1UL << bit)) != 0;

    /// <summary>As few bytes as it takes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = BitConverter.GetBytes(Bits);
        int length = 8;
        while (length > 0 && bytes[length - 1] == 0)
        {
            length--;
        }

        return bytes[..length];
    }
}
