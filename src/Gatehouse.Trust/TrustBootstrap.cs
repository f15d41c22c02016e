namespace Gatehouse.Trust;

/// <summary>Makes, completes or loads a node's trust.</summary>
public static class TrustBootstrap
{
    /// <summary>Idempotent.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3xxx.</exception>
    public static ValueTask<NodeTrust> EnsureAsync(TrustOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
