namespace Gatehouse.Engine.IgniteRest;

/// <summary>
/// Steps 5 to 7 of gates in front of Ignite's REST API: bodies read before they are forwarded, deployment units checked while they pass,
/// errors in Ignite's own form.
/// </summary>
internal static class Room;
