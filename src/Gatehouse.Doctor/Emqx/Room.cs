namespace Gatehouse.Doctor.Emqx;

/// <summary>
/// EMQX 5 and 6: where its installations are, what is in force there, and what may be wrong. <c>Reading</c> makes a subject of files,
/// environment, process and sockets; <c>Checks</c> has the rules by topic. Nothing here asks a port.
/// </summary>
internal static class Room;
