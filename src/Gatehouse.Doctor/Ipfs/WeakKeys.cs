using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>What is wrong with the key of a swarm, in words.</summary>
internal static class WeakKeys
{
    /// <summary>Behind "the secret" or "the key".</summary>
    public static string Describe(SwarmKeyWeakness weakness) => weakness switch
    {
        SwarmKeyWeakness.Public => "stands in a published example: everybody knows it",
        SwarmKeyWeakness.AllEqual => "is one byte again and again",
        SwarmKeyWeakness.Repeating => "repeats a short pattern",
        SwarmKeyWeakness.Sequential => "counts digits up or down",
        SwarmKeyWeakness.Text => "is text written as digits, which can be guessed",
        _ => "has too few different bytes to be random",
    };
}
