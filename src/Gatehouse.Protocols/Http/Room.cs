namespace Gatehouse.Protocols.Http;

/// <summary>
/// HTTP messages from bytes: the canonical request target, heads of requests and answers, chunks, headers. Pure: spans
/// in, value or reason out; no I/O, no logging, no clock. Reusable objects are owned by one connection at a time and
/// allocate nothing once warm. What two parsers could read differently is refused here.
/// </summary>
internal static class Room;
