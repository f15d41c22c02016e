namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>What is known of one client id, for people.</summary>
/// <param name="Key">What stands for it.</param>
/// <param name="Broker">The broker; empty where the record is damaged.</param>
/// <param name="ClientId">The id, or as much of it as is kept.</param>
/// <param name="IsCut">Whether the id is longer.</param>
/// <param name="Owner">Whose it is; null: the record is damaged, and it is nobody's.</param>
/// <param name="Connections">Connections now.</param>
/// <param name="Life">How long the broker may keep the session after the last.</param>
/// <param name="Until">When nobody owns it any more; null while it is connected, or for ever.</param>
internal sealed record ClientIdFacts(
    ClientIdKey Key, string Broker, string ClientId, bool IsCut, ClientIdOwner? Owner, int Connections, ClientIdLife Life, DateTimeOffset? Until);

/// <summary>A page of client ids.</summary>
/// <param name="Ids">By key.</param>
/// <param name="Next">Where the next page begins after; null: this was the last.</param>
internal sealed record ClientIdPage(IReadOnlyList<ClientIdFacts> Ids, ClientIdKey? Next);

/// <summary>What came of freeing one.</summary>
internal enum ClientIdRelease
{
    /// <summary>It is nobody's.</summary>
    Done = 0,

    /// <summary>It was nobody's.</summary>
    NotThere = 1,

    /// <summary>It is connected.</summary>
    Connected = 2,

    /// <summary>The store failed: it is as before.</summary>
    Unavailable = 3,
}
