namespace Gatehouse.Engine.Membership;

/// <summary>
/// The nodes of the cluster: how one is let in and goes, how each says that it is alive and keeps its certificates, and what the
/// mesh is told of all that. It changes the state through <see cref="Snapshots.IStateChanges"/> and knows no HTTP.
/// </summary>
internal static class Room;
