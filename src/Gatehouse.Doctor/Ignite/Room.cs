namespace Gatehouse.Doctor.Ignite;

/// <summary>
/// Apache Ignite 3 on a host: the file of a node, the configuration of a cluster where somebody keeps it as a file, the Java process and
/// its sockets, and what may be wrong with them. Settings of the cluster live in the cluster: without a file of them their checks
/// say that they cannot know. An Ignite 2 that is met is named for its version, and not looked into.
/// </summary>
internal static class Room;
