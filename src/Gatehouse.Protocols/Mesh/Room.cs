namespace Gatehouse.Protocols.Mesh;

/// <summary>
/// What nodes say to each other: the first message that proves the secret before TLS, and the frames inside of TLS. Pure and
/// strict: whatever is not exactly as written is refused.
/// </summary>
internal static class Room;
