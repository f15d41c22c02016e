namespace Gatehouse.Protocols.Emqx;

/// <summary>EMQX's dashboard and management API: which request is which operation. Pure.</summary>
internal static class Room;
