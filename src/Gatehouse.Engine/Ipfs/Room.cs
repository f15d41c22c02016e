namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// Steps 5 to 7 of gates in front of IPFS Cluster (REST, pinning service, proxy) and Kubo: options of pins before they are
/// forwarded, whose a pin is, lists narrowed to one's own, errors in each API's own shape.
/// </summary>
internal static class Room;
