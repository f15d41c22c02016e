using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;

namespace Gatehouse.Engine.Emqx;

/// <summary>A request of this system after step 5.</summary>
internal sealed class EmqxCourse : RequestCourse
{
    /// <summary>Answers in the upstream's place, once it is allowed; null where the upstream answers.</summary>
    public Func<HttpExchange, ValueTask<ForwardOutcome>>? Answer { get; init; }

    /// <summary>The name and password of a login's body, as a header would have them; null elsewhere. Never recorded.</summary>
    public string? Presented { get; init; }

    /// <summary>Whether EMQX answers it to nobody in particular.</summary>
    public bool IsOpen { get; init; }
}
