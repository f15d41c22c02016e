namespace Gatehouse.Engine.Emqx;

/// <summary>
/// Steps 4 to 7 of a gate in front of EMQX's dashboard and management API: logins at the dashboard with the gate's own users,
/// requests to operations, errors in EMQX's own shape.
/// </summary>
internal static class Room;
