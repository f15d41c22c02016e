namespace Gatehouse.Protocols.Json;

/// <summary>
/// JSON as strictly as any reader behind a gate could take it, with the shape that a caller expects of it. Pure: a span in,
/// value or reason out. Knows nothing of HTTP or of any system.
/// </summary>
internal static class Room;
