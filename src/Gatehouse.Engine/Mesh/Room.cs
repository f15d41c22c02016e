namespace Gatehouse.Engine.Mesh;

/// <summary>
/// The mesh: node-to-node connections of guarded cluster programs, carried between nodes through mutual TLS, the cluster
/// secret and trusted peers. It runs on an <see cref="IMeshState"/> and <see cref="MeshSettings"/>.
/// </summary>
internal static class Room;
