namespace Gatehouse.Doctor.Hardening;

/// <summary>
/// The secured configuration of guarded systems. A <see cref="IHardener"/> is pure: what a host has and what is wished in, a
/// <see cref="HardenPlan"/> out. Files are read while planning and written by <c>Applying</c> alone, all of them or none.
/// </summary>
internal static class Room;
