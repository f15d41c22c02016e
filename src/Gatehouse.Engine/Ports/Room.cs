namespace Gatehouse.Engine.Ports;

/// <summary>
/// The ports of this node, for people: what its configuration opens, and what the kernel says is open. Works with the
/// daemon up or down.
/// </summary>
internal static class Room;
