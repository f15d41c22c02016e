using Gatehouse.Operations;

namespace Gatehouse.Policy;

/// <summary>Explains decisions: the authorizer itself, run with a recorder.</summary>
public static class Explainer
{
    /// <summary>Decides and says why. Allocates; for administrators, not for requests.</summary>
    public static Explanation Explain(CompiledPolicy policy, in AuthorizationContext context, OperationSet operations) =>
        throw new NotSupportedException();
}
