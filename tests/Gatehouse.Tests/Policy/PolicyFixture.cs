using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Tests.Policy;

/// <summary>Short ways to write policies and questions.</summary>
internal static class PolicyFixture
{
    public static readonly DateTimeOffset Noon = DateTimeOffset.Parse("2026-03-01T12:00:00Z");

    public static Grant Allow(string action, params string[] resources) =>
        new() { System = "etcd", Actions = [action], Resources = [.. resources] };

    public static Grant Deny(string action, params string[] resources) => Allow(action, resources) with { Effect = GrantEffect.Deny };

    public static CompiledPolicy PolicyOf(params Grant[] grants) => DifferentialTests.Compile([Role("role", grants)]);

    public static RoleDocument Role(string name, params Grant[] grants) => new() { Name = name, Grants = [.. grants] };

    public static ImmutableArray<string> ProblemsOf(params RoleDocument[] roles)
    {
        List<Problem> problems = [];
        CompiledPolicy? policy = CompiledPolicy.Compile(1, roles, problems);
        if (policy is null != problems.Count > 0)
        {
            throw new InvalidOperationException("a policy comes back exactly when there are no problems");
        }

        return [.. problems.Select(p => p.Id)];
    }

    public static ImmutableArray<string> ProblemsOf(Grant grant) => ProblemsOf(Role("role", grant));

    public static AuthorizationContext Context(string name = "anna", string source = "10.0.0.1", params (string Key, string Value)[] attributes) => new(
        new Principal(name, "native", [], attributes.ToFrozenDictionary(a => a.Key, a => a.Value)),
        ["role"],
        IPAddress.Parse(source),
        "one",
        HasClientCertificate: false,
        Noon,
        RequestId: 42);

    public static OperationSet Ask(string action, params string[] resources) => Ask(action, [.. resources.Select(Encoding.UTF8.GetBytes)]);

    public static OperationSet Ask(string action, IEnumerable<byte[]> resources)
    {
        var set = new OperationSet();
        set.Begin(SystemAction.Intern("etcd", action));
        foreach (byte[] resource in resources)
        {
            set.AddResource(resource);
        }

        return set;
    }

    public static OperationSet AskPrefix(string action, string prefix)
    {
        var set = new OperationSet();
        set.Begin(SystemAction.Intern("etcd", action));
        set.AddPrefix(Encoding.UTF8.GetBytes(prefix));
        return set;
    }

    public static bool Allows(this CompiledPolicy policy, OperationSet operations, AuthorizationContext? context = null) =>
        Authorizer.Decide(policy, context ?? Context(), operations).IsAllowed;

    public static Denial DenialOf(this CompiledPolicy policy, OperationSet operations, AuthorizationContext? context = null) =>
        Authorizer.Decide(policy, context ?? Context(), operations).Denial;
}
