namespace Gatehouse.Protocols.Mqtt;

/// <summary>
/// The packets of MQTT 3.1, 3.1.1 (OASIS, 2014) and 5.0 (OASIS, 2019), as a gate reads them between a client and its broker.
/// Pure: bytes to packets and back; no I/O and no time. Everything that two readers could understand differently is refused:
/// lengths that are not minimal, properties twice or in the wrong packet, bytes behind the last field. Nothing is allocated
/// for a PUBLISH.
/// </summary>
internal static class Room;
