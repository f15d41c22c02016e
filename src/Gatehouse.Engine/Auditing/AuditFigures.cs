namespace Gatehouse.Engine.Auditing;

/// <summary>The trail in figures, since the start.</summary>
/// <param name="IsHealthy">Whether it takes records.</param>
/// <param name="IsAnchored">Whether the last attempt to keep the head in the store worked.</param>
/// <param name="Written">Records handed over and on disk.</param>
/// <param name="Waiting">Records handed over and not on disk yet.</param>
/// <param name="Dropped">Records without a slot that found no room and are counted in a summary.</param>
internal readonly record struct AuditFigures(bool IsHealthy, bool IsAnchored, long Written, long Waiting, long Dropped);
