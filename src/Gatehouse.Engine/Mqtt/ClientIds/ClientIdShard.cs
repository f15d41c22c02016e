namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>One part of the book with a lock of its own, so that looking through all of it never holds up claims for long.</summary>
internal sealed class ClientIdShard(ClientIdOwners owners)
{
    /// <summary>Guards the entries and everything in them.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Entries by key.</summary>
    public Dictionary<ClientIdKey, ClientIdEntry> Entries { get; } = [];

    /// <summary>Owners, of all shards.</summary>
    public ClientIdOwners Owners => owners;
}
