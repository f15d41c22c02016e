namespace Gatehouse.Doctor.Findings;

/// <summary>Something that could not be looked at: what hangs on it is not known, however few findings there are.</summary>
/// <param name="Place">The file, the system, or <c>ports</c>.</param>
/// <param name="Why">Why not, as a sentence without secrets: the problem's id, its place and text where there is one.</param>
public sealed record BlindSpot(string Place, string Why)
{
    /// <summary><c>/etc/emqx/emqx.conf: it cannot be read</c>.</summary>
    public override string ToString() => $"{Place}: {Why}";
}
