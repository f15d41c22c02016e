namespace Gatehouse.Protocols.Multipart;

/// <summary><c>multipart/form-data</c> (RFC 7578, RFC 2046 section 5.1), read strictly and piece by piece while it passes. Pure.</summary>
internal static class Room;
