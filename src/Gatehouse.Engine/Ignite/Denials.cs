using Gatehouse.Problems;

namespace Gatehouse.Engine.Ignite;

/// <summary>What clients are told.</summary>
internal static class Denials
{
    /// <summary>One line: the problem, and the receipt by which it is explained.</summary>
    public static string Text(ProblemDefinition problem, string? receipt) =>
        receipt is null ? $"{problem.Id} {problem.Title}" : $"{problem.Id} {problem.Title}, receipt {receipt}";
}
