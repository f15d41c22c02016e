namespace Gatehouse.Engine.Rotation;

/// <summary>
/// Rotation of CA, secret and data key on a running node: <see cref="RotationAgent"/> says what this node has done,
/// <see cref="RotationControl"/> makes the steps. What the steps are is in <see cref="Gatehouse.Membership.Rotations"/>.
/// </summary>
internal static class Room;
