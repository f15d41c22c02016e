namespace Gatehouse.Engine.Realms.Directory;

/// <summary>
/// A directory could not be asked: thrown and caught within this room, where a login runs over many requests of which each can
/// end it. Holds no secret.
/// </summary>
/// <param name="reason">Frozen word for the record.</param>
/// <param name="text">One line for people.</param>
/// <param name="isLoss">Whether connection or server failed, so that another may do better.</param>
/// <param name="inner">What it came from.</param>
internal sealed class DirectoryFault(string reason, string text, bool isLoss, Exception? inner = null) : InvalidOperationException(text, inner)
{
    /// <summary>Frozen word for the record.</summary>
    public string Reason { get; } = reason;

    /// <summary>Whether connection or server failed, so that another may do better.</summary>
    public bool IsLoss { get; } = isLoss;
}
