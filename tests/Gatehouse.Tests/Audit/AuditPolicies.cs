using System.Text;
using Gatehouse.Audit;
using Gatehouse.Operations;
using Gatehouse.Problems;

namespace Gatehouse.Tests.Audit;

/// <summary>Short forms for tests of audit policies.</summary>
internal static class AuditPolicies
{
    /// <summary>A policy that must compile.</summary>
    public static AuditPolicy Compile(AuditRules rules, params GateAuditRules[] gates)
    {
        List<Problem> problems = [];
        return AuditPolicy.Compile(new AuditPolicyDocument { Rules = rules, Gates = [.. gates] }, problems)
            ?? throw new InvalidOperationException(string.Join("; ", problems));
    }

    /// <summary>A policy that records everything but what these match.</summary>
    public static AuditPolicy Ignoring(params IgnorePolicy[] policies) => Compile(new AuditRules { Ignore = [.. policies] });

    /// <summary>The problems of a policy that must not compile.</summary>
    public static List<Problem> MistakesOf(AuditRules rules, params GateAuditRules[] gates)
    {
        List<Problem> problems = [];
        if (AuditPolicy.Compile(new AuditPolicyDocument { Rules = rules, Gates = [.. gates] }, problems) is not null)
        {
            throw new InvalidOperationException("it was taken");
        }

        return problems;
    }

    /// <summary>An operation on resources; one that ends with <c>...</c> is all names that begin so.</summary>
    public static OperationSet On(string action, params string[] resources) => On(new OperationSet(), action, resources);

    /// <summary>One operation more.</summary>
    public static OperationSet On(this OperationSet operations, string action, params string[] resources)
    {
        operations.Begin(SystemAction.Intern("audit-policy-test", action));
        foreach (string resource in resources)
        {
            if (resource.EndsWith("...", StringComparison.Ordinal))
            {
                operations.AddPrefix(Encoding.UTF8.GetBytes(resource[..^3]));
            }
            else
            {
                operations.AddResource(Encoding.UTF8.GetBytes(resource));
            }
        }

        return operations;
    }

    /// <summary>A granted request of a user of the native realm.</summary>
    public static AuditSubject Granted(string? user, string[]? roles = null, OperationSet? operations = null, string gate = "etcd") =>
        new(AuditAction.AccessGranted, gate) { User = user, Realm = user is null ? null : "native", Roles = roles, Operations = operations };
}
