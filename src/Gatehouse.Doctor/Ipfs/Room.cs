namespace Gatehouse.Doctor.Ipfs;

/// <summary>
/// IPFS Cluster (<see cref="Cluster"/>) and Kubo (<see cref="Kubo"/>): where they are installed and started, what is in force, and what is
/// open by it. Both are written in Go, speak libp2p and are started in the same ways, which is what lies here.
/// </summary>
internal static class Room;
