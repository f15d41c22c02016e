namespace Gatehouse.Protocols.Ldap;

/// <summary>
/// The part of LDAP (RFC 4511) that verifies a login, on the client's side: bind, search, StartTLS. Pure: texts to request
/// bytes, bytes to answers; no I/O. A server's bytes are as hostile as a client's: lengths are bounded, nothing is recursive,
/// what is not understood is an error. Referrals are read as such and never followed.
/// </summary>
internal static class Room;
