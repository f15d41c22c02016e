using System.Collections.Immutable;
using Gatehouse.Operations;

namespace Gatehouse.Policy;

/// <summary>Explains decisions: the authorizer itself, run with a recorder.</summary>
public static class Explainer
{
    /// <summary>Most grants listed for one resource.</summary>
    public const int MaxGrants = 200;

    /// <summary>Decides and says why. Allocates and looks at every grant; for administrators, not for requests.</summary>
    public static Explanation Explain(CompiledPolicy policy, in AuthorizationContext context, OperationSet operations)
    {
        var recorder = new Recorder([]);
        Decision decision = Authorizer.Decide(policy, context, operations, ref recorder);
        ImmutableArray<string> roles = context.Roles.IsDefault ? [] : context.Roles;
        return new Explanation
        {
            Generation = policy.Generation,
            Principal = context.Principal.ToString(),
            Roles = roles,
            UnknownRoles = [.. roles.Where(role => !policy.HasRole(role))],
            IsAllowed = decision.IsAllowed,
            Reason = decision.Denial.Reason,
            Operations = [.. recorder.Operations.Select(static operation => operation.ToExplanation())],
        };
    }

    private readonly struct Recorder(List<HeardOperation> operations) : IDecisionRecorder
    {
        public static bool IsRecording => true;

        public List<HeardOperation> Operations => operations;

        public void BeginOperation(int operation, SystemAction action) => operations.Add(new HeardOperation(action));

        public void BeginResource(int resource, ReadOnlySpan<byte> utf8, ResourceScope scope) => operations[^1].Begin(resource, utf8, scope);

        public void Consider(string role, int index, Grant grant, FailedCondition failed) =>
            operations[^1].Grants.Add(new ConsideredGrant(role, index, grant, failed));

        public void EndResource(DenialReason reason) => operations[^1].End(reason);
    }

    private sealed class HeardOperation(SystemAction action)
    {
        private readonly List<ResourceExplanation> _resources = [];
        private readonly List<string> _missing = [];
        private string? _name;
        private string? _pattern;
        private ResourceScope _scope;
        private bool _isRestricted;
        private bool _missesRestricted;

        public List<ConsideredGrant> Grants { get; } = [];

        public void Begin(int resource, ReadOnlySpan<byte> utf8, ResourceScope scope)
        {
            Grants.Clear();
            _scope = scope;
            _name = resource < 0 ? null : SmallestGrant.TextOf(utf8);
            _pattern = resource < 0 ? null : SmallestGrant.PatternFor(action, utf8, scope);
            _isRestricted = new AskedResource(action, utf8, scope, resource < 0).IsRestricted;
        }

        public void End(DenialReason reason)
        {
            // The order of roles and grants stays within one rank: the sort is stable.
            ConsideredGrant[] nearest = [.. Grants.OrderBy(static g => g.Failed == FailedCondition.None ? -1 : byte.MaxValue - (int)g.Failed)];
            _resources.Add(new ResourceExplanation
            {
                Resource = _name,
                Scope = _scope,
                Reason = reason,
                Grants = [.. nearest.Take(MaxGrants)],
                Omitted = Math.Max(0, nearest.Length - MaxGrants),
                DeniedBy = [.. nearest.Where(static g => g is { Failed: FailedCondition.None, Grant.Effect: GrantEffect.Deny }).Take(MaxGrants)],
            });
            if (reason == DenialReason.NoGrant && _pattern is not null)
            {
                _missing.Add(_pattern);
                _missesRestricted |= _isRestricted;
            }
        }

        public OperationExplanation ToExplanation()
        {
            bool isAllowed = _resources.TrueForAll(static r => r.Reason == DenialReason.None);
            bool isDenied = _resources.Exists(static r => r.Reason == DenialReason.ExplicitDeny);
            return new OperationExplanation
            {
                System = action.System,
                Action = action.Name,
                IsAllowed = isAllowed,
                Resources = [.. _resources],
                SmallestGrant = isAllowed || isDenied ? null : SmallestGrant.For(action.System, action.Name, _missing, _missesRestricted),
            };
        }
    }
}
