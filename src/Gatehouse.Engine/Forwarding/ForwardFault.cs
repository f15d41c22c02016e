namespace Gatehouse.Engine.Forwarding;

/// <summary>Carries a known way of failing out of the pumps to the one place that judges; it never leaves this room.</summary>
internal sealed class ForwardFault(ForwardResult result, string detail) : IOException(detail)
{
    /// <summary>The way it failed.</summary>
    public ForwardResult Result { get; } = result;
}
