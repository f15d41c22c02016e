using System.Diagnostics;
using Gatehouse.Operations;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Tables;

namespace Gatehouse.Policy;

/// <summary>
/// Step 6: decides operations on a compiled policy. Pure; no allocation. There is one implementation: the verdict always
/// comes from the compiled lookup, also with a recorder; a recorder is told besides how each grant fared, by the same
/// checks of action, resource and conditions that the lookup ends in, and a difference between the two is a fault.
/// </summary>
public static class Authorizer
{
    /// <summary>Decides: every operation on every resource must be allowed. An empty set is denied.</summary>
    public static Decision Decide(CompiledPolicy policy, in AuthorizationContext context, OperationSet operations)
    {
        NoRecorder recorder = default;
        return Decide(policy, context, operations, ref recorder);
    }

    /// <summary>The same decision, heard by a recorder, which is told of every operation even after the first that failed.</summary>
    public static Decision Decide<TRecorder>(CompiledPolicy policy, in AuthorizationContext context, OperationSet operations, ref TRecorder recorder)
        where TRecorder : struct, IDecisionRecorder
    {
        if (operations.Count == 0)
        {
            return new Decision(new Denial(DenialReason.UnknownOperation, -1, -1));
        }

        Denial denial = Decide(policy.RulesFor(context), context, operations, ref recorder);
        if (!context.Limit.IsDefault && (denial.Reason == DenialReason.None || TRecorder.IsRecording))
        {
            Denial narrowed = Decide(policy.RulesFor(context.Limit), context, operations, ref recorder);
            denial = denial.Reason == DenialReason.None ? narrowed : denial;
        }

        return denial.Reason == DenialReason.None ? new Decision(new Permit(policy, context.RequestId)) : new Decision(denial);
    }

    private static Denial Decide<TRecorder>(RuleSet rules, in AuthorizationContext context, OperationSet operations, ref TRecorder recorder)
        where TRecorder : struct, IDecisionRecorder
    {
        Denial denial = default;
        for (int operation = 0; operation < operations.Count; operation++)
        {
            SystemAction action = operations.ActionAt(operation);
            ActionRow row = rules.RowFor(action);
            if (TRecorder.IsRecording)
            {
                recorder.BeginOperation(operation, action);
            }

            int count = operations.ResourceCountAt(operation);
            int first = operations.FirstResourceAt(operation);
            for (int resource = count == 0 ? -1 : 0; resource < count; resource++)
            {
                var asked = resource < 0
                    ? new AskedResource(action, [], ResourceScope.Exact, isWhole: true)
                    : new AskedResource(action, operations.BytesAt(first + resource), operations.ScopeAt(first + resource), isWhole: false);
                DenialReason reason = Decide(rules, row, asked, context);
                if (TRecorder.IsRecording)
                {
                    recorder.BeginResource(resource, asked.Name, asked.Scope);
                    Record(rules, action, asked, reason, context, ref recorder);
                    recorder.EndResource(reason);
                }

                if (reason != DenialReason.None && denial.Reason == DenialReason.None)
                {
                    denial = new Denial(reason, operation, resource);
                    if (!TRecorder.IsRecording)
                    {
                        return denial;
                    }
                }
            }
        }

        return denial;
    }

    /// <summary>A permit for what any authenticated principal may do (the catalogue says so), such as asking who it is.</summary>
    public static Decision AllowAuthenticated(CompiledPolicy policy, in AuthorizationContext context) =>
        new(new Permit(policy, context.RequestId));

    /// <summary>A permit for expressions that were narrowed on this policy and for this request; a denial where the narrowing ended in none.</summary>
    public static Decision AllowNarrowed(CompiledPolicy policy, in AuthorizationContext context, in Narrowing narrowing) =>
        narrowing.Kind is NarrowingKind.Unchanged or NarrowingKind.Narrowed or NarrowingKind.Nothing
            ? new Decision(new Permit(policy, context.RequestId))
            : new Decision(new Denial(narrowing.Reason == DenialReason.None ? DenialReason.NoGrant : narrowing.Reason, 0, 0));

    private static DenialReason Decide(RuleSet rules, ActionRow row, in AskedResource asked, in AuthorizationContext context)
    {
        if (asked.IsWhole)
        {
            return rules.DecideWhole(row, context);
        }

        return asked.Scope switch
        {
            ResourceScope.Exact => rules.DecideName(row, asked.Name, context),
            ResourceScope.Filter => rules.DecideFilter(row, asked.Name, context),
            _ => rules.DecidePrefix(row, asked.Name, context),
        };
    }

    private static void Record<TRecorder>(
        RuleSet rules, SystemAction action, in AskedResource asked, DenialReason reason, in AuthorizationContext context, ref TRecorder recorder)
        where TRecorder : struct, IDecisionRecorder
    {
        bool allowed = false;
        bool denied = false;
        foreach (CompiledRole role in rules.Roles)
        {
            foreach (CompiledGrant grant in role.Grants)
            {
                FailedCondition failed = Check(grant, action, asked, context);
                recorder.Consider(role.Name, grant.Index, grant.Document, failed);
                allowed |= failed == FailedCondition.None && grant.Shape.Effect == GrantEffect.Allow;
                denied |= failed == FailedCondition.None && grant.Shape.Effect == GrantEffect.Deny;
            }
        }

        if (reason != (denied ? DenialReason.ExplicitDeny : allowed ? DenialReason.None : DenialReason.NoGrant))
        {
            throw new UnreachableException("the compiled policy and its grants disagree");
        }
    }

    private static FailedCondition Check(CompiledGrant grant, SystemAction action, in AskedResource asked, in AuthorizationContext context)
    {
        FailedCondition failed = grant.Shape.CheckAction(action);
        if (failed != FailedCondition.None)
        {
            return failed;
        }

        foreach (ResourcePattern pattern in grant.Patterns)
        {
            if (asked.IsMatchedBy(pattern, grant.Shape.Effect, context.Principal))
            {
                failed = grant.Shape.CheckConditions(context);
                return failed == FailedCondition.None && asked.IsRestricted && !grant.Shape.ReachesRestricted(action) ? FailedCondition.Restricted : failed;
            }
        }

        return FailedCondition.Resource;
    }

    private struct NoRecorder : IDecisionRecorder
    {
        public static bool IsRecording => false;

        public readonly void BeginOperation(int operation, SystemAction action)
        {
        }

        public readonly void BeginResource(int resource, ReadOnlySpan<byte> utf8, ResourceScope scope)
        {
        }

        public readonly void Consider(string role, int index, Grant grant, FailedCondition failed)
        {
        }

        public readonly void EndResource(DenialReason reason)
        {
        }
    }
}
