namespace Gatehouse.Protocols.Ignite.Rest;

/// <summary>The REST API of Apache Ignite 3: which request is which operation, and what a configuration touches. Pure.</summary>
internal static class Room;
