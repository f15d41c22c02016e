using Gatehouse.Operations;

namespace Gatehouse.Policy;

/// <summary>Step 6: decides operations on a compiled policy. Pure; no allocation.</summary>
public static class Authorizer
{
    /// <summary>Decides: every operation on every resource must be allowed. An empty set is denied.</summary>
    public static Decision Decide(CompiledPolicy policy, in AuthorizationContext context, OperationSet operations) =>
        throw new NotSupportedException();

    /// <summary>The same decision, heard by a recorder, which is told of every operation even after the first that failed.</summary>
    public static Decision Decide<TRecorder>(CompiledPolicy policy, in AuthorizationContext context, OperationSet operations, ref TRecorder recorder)
        where TRecorder : struct, IDecisionRecorder =>
        throw new NotSupportedException();

    /// <summary>A permit for what any authenticated principal may do (the catalogue says so), such as asking who it is.</summary>
    public static Decision AllowAuthenticated(CompiledPolicy policy, in AuthorizationContext context) =>
        throw new NotSupportedException();
}
