namespace Gatehouse.Problems;

/// <summary>A fault with a permanent id. Its message is safe to show: it holds no secret.</summary>
public sealed class ProblemException(Problem problem, Exception? inner = null)
    : Exception(problem.ToString(), inner)
{
    /// <summary>What is wrong.</summary>
    public Problem Problem { get; } = problem;
}
