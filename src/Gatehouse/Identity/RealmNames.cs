namespace Gatehouse.Identity;

/// <summary>Names of the realms, as configuration and audit records write them.</summary>
public static class RealmNames
{
    /// <summary>Users kept in the store.</summary>
    public const string Native = "native";

    /// <summary>The kernel's word on the other end of a Unix socket.</summary>
    public const string Kernel = "kernel";

    /// <summary>Client certificates.</summary>
    public const string Pki = "pki";

    /// <summary>The source network as identity; <c>tcp</c> gates only.</summary>
    public const string Network = "network";

    /// <summary>The kernel's word on whose process of this host made a TCP connection; gates with <c>allow_users</c> only.</summary>
    public const string Local = "local";

    /// <summary>API keys: the principal has its owner's name.</summary>
    public const string ApiKey = "api-key";

    /// <summary>Whoever proved a key of a private libp2p network: <c>key-1</c> and so on, by the gate's order.</summary>
    public const string SwarmKey = "swarm-key";

    /// <summary>Who presents nothing, where such a realm was made.</summary>
    public const string Anonymous = "anonymous";
}
