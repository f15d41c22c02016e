namespace Gatehouse.Engine.Tokens;

/// <summary>
/// What tokens, keys of issuers and settings about them say, read strictly. Pure: no network, no file, no clock. Validation of
/// the cluster state and the realms both use it; it knows neither.
/// </summary>
internal static class Room;
