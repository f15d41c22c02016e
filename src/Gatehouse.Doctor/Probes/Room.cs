namespace Gatehouse.Doctor.Probes;

/// <summary>
/// Asks ports within bounds, at the addresses that it was given and no other, and reads what came back: TLS, HTTP, and by protocol the
/// first words of MQTT, Erlang, libp2p and Ignite. It changes nothing and judges nothing.
/// </summary>
internal static class Room;
