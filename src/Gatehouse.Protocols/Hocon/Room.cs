namespace Gatehouse.Protocols.Hocon;

/// <summary>HOCON and JSON as strictly as any reader behind the gate could read them. Pure.</summary>
internal static class Room;
