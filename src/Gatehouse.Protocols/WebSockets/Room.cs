namespace Gatehouse.Protocols.WebSockets;

/// <summary>The opening handshake of WebSocket (RFC 6455 section 4), both sides, read strictly. Pure. Frames are the platform's business.</summary>
internal static class Room;
