namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>What a receiver said to records; what it said nothing to, or may take later, is an exception.</summary>
/// <param name="Refused">How many of them it will never take.</param>
/// <param name="Why">Why; a text of ours and at most a short one of its own.</param>
/// <param name="IsWhole">Whether it took none of them, so that fewer at once may go.</param>
internal readonly record struct SinkAnswer(int Refused, string? Why, bool IsWhole)
{
    /// <summary>It has all of them.</summary>
    public static SinkAnswer Taken => default;
}

/// <summary>A receiver that says when, or that it is ours to change something: the next attempt waits.</summary>
internal sealed class RetryLaterException(string message, TimeSpan after) : IOException(message)
{
    /// <summary>How long.</summary>
    public TimeSpan After { get; } = after;
}

/// <summary>A header that goes with every request; its value is a secret.</summary>
internal sealed class OutputHeader(string name, string value)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its value. Never in a message, a log or a record.</summary>
    public string Value => value;

    /// <summary>The name alone.</summary>
    public override string ToString() => name;
}
