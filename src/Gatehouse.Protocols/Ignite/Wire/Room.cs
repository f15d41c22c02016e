namespace Gatehouse.Protocols.Ignite.Wire;

/// <summary>
/// The part of MessagePack (github.com/msgpack/msgpack, spec.md) that Ignite's thin client protocol uses, and the head of a
/// BinaryTuple (IEP-92). One value has one form, but for the few that real clients write before they know the value.
/// </summary>
internal static class Room;
