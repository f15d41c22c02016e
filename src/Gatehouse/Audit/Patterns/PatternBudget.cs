namespace Gatehouse.Audit.Patterns;

/// <summary>
/// What compiling the patterns of one audit policy may cost. An expression can stand for an automaton of exponential size;
/// such a one is refused when the budget is used up, not found out by memory or time.
/// </summary>
internal sealed class PatternBudget
{
    /// <summary>Positions of the patterns of one automaton.</summary>
    public const int MaxPositions = 20_000;

    /// <summary>States of one automaton.</summary>
    public const int MaxStates = 8192;

    private long _steps = 100_000_000;
    private long _cells = 8_000_000;

    /// <summary>Whether anything is left.</summary>
    public bool IsLeft => _steps >= 0 && _cells >= 0;

    /// <summary>Takes steps of work; false when there are none left.</summary>
    public bool TakeSteps(long count) => (_steps -= count) >= 0;

    /// <summary>Takes cells of tables; false when there are none left.</summary>
    public bool TakeCells(long count) => (_cells -= count) >= 0;
}
