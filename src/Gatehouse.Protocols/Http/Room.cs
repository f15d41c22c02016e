namespace Gatehouse.Protocols.Http;

/// <summary>
/// HTTP bytes to operations: the canonical request target, catalogues, strict JSON, and the upstream's answers. Pure: spans
/// in, value or reason out; no I/O, no logging, no clock. Reusable objects are owned by one connection at a time and
/// allocate nothing once warm. What two parsers could read differently is refused here.
/// </summary>
internal static class Room;
