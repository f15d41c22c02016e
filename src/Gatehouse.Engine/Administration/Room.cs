namespace Gatehouse.Engine.Administration;

/// <summary>
/// The admin API <c>/v1</c> over the Unix socket and over HTTPS: one table of endpoints, one pipeline that runs steps 4 to 8 of
/// a request's way for each of them. Changes of the cluster state go through <see cref="Snapshots.IStateChanges"/>, changes of
/// the node through <see cref="INodeControl"/>; nothing here touches a store or a file. Secrets come in and never go out.
/// </summary>
internal static class Room;
