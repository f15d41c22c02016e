namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// Steps 4 to 8 of a gate in front of an MQTT broker: CONNECT is authenticated, every PUBLISH and every filter of a SUBSCRIBE is
/// authorized, and so is every delivery; what a broker must not see is answered here in the words of the client's version.
/// </summary>
internal static class Room;
