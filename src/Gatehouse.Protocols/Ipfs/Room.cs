namespace Gatehouse.Protocols.Ipfs;

/// <summary>IPFS Cluster, its pinning service, its proxy, and Kubo: which request is which operations on which pins. Pure.</summary>
internal static class Room;
