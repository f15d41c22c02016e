namespace Gatehouse.Fuzz;

/// <summary>
/// One thing under fire. It throws <see cref="OracleException"/> (or anything else) where a promise is broken; input that is
/// refused is fine.
/// </summary>
public interface IFuzzTarget
{
    /// <summary>The name on the command line and of the corpus folder.</summary>
    string Name { get; }

    /// <summary>Words of the format, which the mutator inserts.</summary>
    IReadOnlyList<string> Dictionary { get; }

    /// <summary>Runs one input.</summary>
    void Run(ReadOnlySpan<byte> input);
}

/// <summary>A promise was broken.</summary>
public sealed class OracleException(string message) : Exception(message)
{
    /// <summary>Breaks when the promise does not hold.</summary>
    public static void Require(bool holds, string promise)
    {
        if (!holds)
        {
            throw new OracleException(promise);
        }
    }
}
