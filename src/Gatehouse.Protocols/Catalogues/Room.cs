namespace Gatehouse.Protocols.Catalogues;

/// <summary>
/// Catalogues: tables that say which request of an HTTP API is which operation on which resources, compiled once and matched
/// against canonical targets without allocation. Pure.
/// </summary>
internal static class Room;
