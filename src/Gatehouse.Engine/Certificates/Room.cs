namespace Gatehouse.Engine.Certificates;

/// <summary>
/// What client certificates, revocation lists and settings about them say, read as structure. Pure: no network, no file, no
/// clock. Validation of the cluster state and the realms both use it; it knows neither.
/// </summary>
internal static class Room;
