namespace Gatehouse.Engine.Ignite;

/// <summary>
/// Steps 4 to 8 of a gate in front of an Apache Ignite 3 node's thin-client port: the handshake is authenticated and written anew, and
/// every request is authorized by what it does to which table, class or job. What a node must not see is answered here with an error
/// frame, so that the client's connection stays usable.
/// </summary>
internal static class Room;
