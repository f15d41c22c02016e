namespace Gatehouse.Doctor.Ports;

/// <summary>
/// What every system's questions to ports have in common: at which addresses an installation is asked, what is written down of the
/// answers, how that joins with what files and processes showed, and which ports gates stand before. Who asks, and how much, is in
/// <c>Probes</c>, which knows nothing of installations.
/// </summary>
internal static class Room;
