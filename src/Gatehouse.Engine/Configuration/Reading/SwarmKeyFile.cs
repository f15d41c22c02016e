using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>A swarm key at the place of a secret: a <c>swarm.key</c> file or the 64 digits of IPFS Cluster's <c>secret</c>.</summary>
internal static class SwarmKeyFile
{
    /// <summary>Reads one; null with the reason, which has nothing of the key.</summary>
    public static SwarmKey? Read(SecretReference place, string folder, out string why)
    {
        byte[]? bytes = place.ReadBytes(folder, out why);
        if (bytes is null)
        {
            return null;
        }

        SwarmKey? key = SwarmKey.Parse(bytes, out string wrong);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        why = key is null ? $"`{place}` holds no swarm key: {wrong}" : "";
        return key;
    }
}
