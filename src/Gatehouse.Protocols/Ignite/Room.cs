namespace Gatehouse.Protocols.Ignite;

/// <summary>
/// The thin client protocol of Apache Ignite 3 (version 3.0.0 on the wire, products 3.0 to 3.2), as a gate reads it between a
/// client and its node: frames, the handshake, heads of responses, names of tables. Pure: bytes to values and back; no I/O and
/// no time. What a node would read differently, or ignore, is refused: forms that are not minimal, bytes behind the last field,
/// keys twice.
/// </summary>
internal static class Room;
