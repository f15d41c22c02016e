namespace Gatehouse.Engine.Issuing;

/// <summary>
/// Certificates that the cluster makes for others, what it has revoked, and whose end is near. Used by the admin API and, with the
/// daemon down, by commands; knows trust, snapshots and the store.
/// </summary>
internal static class Room;
