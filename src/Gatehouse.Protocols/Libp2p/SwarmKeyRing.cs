namespace Gatehouse.Protocols.Libp2p;

/// <summary>That a caller holds one of the keys. Only <see cref="SwarmKeyRing"/> makes one that is valid.</summary>
public readonly struct SwarmProof
{
    internal SwarmProof(int number) => Number = number;

    /// <summary>The key's number, from 1 in the order of the configuration; 0: nothing is proven.</summary>
    public int Number { get; }

    /// <summary>Whether a key is proven.</summary>
    public bool IsValid => Number > 0;
}

/// <summary>The keys that are accepted, in order.</summary>
public sealed class SwarmKeyRing(IReadOnlyList<SwarmKey> keys)
{
    /// <summary>The keys.</summary>
    public IReadOnlyList<SwarmKey> Keys => keys;

    /// <summary>
    /// Which key the first 44 bytes prove. Every key is tried, so that the time says nothing about which one it was.
    /// </summary>
    public SwarmProof Prove(ReadOnlySpan<byte> first)
    {
        int number = 0;
        for (int i = 0; i < keys.Count; i++)
        {
            number = PnetHeader.IsProvenBy(keys[i], first) && number == 0 ? i + 1 : number;
        }

        return new SwarmProof(number);
    }
}
