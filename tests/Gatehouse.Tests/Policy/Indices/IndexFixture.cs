using System.Collections.Immutable;
using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Tests.Policy.Indices;

/// <summary>Short ways to write grants on indices.</summary>
internal static class IndexFixture
{
    public static Grant On(string action, params string[] resources) =>
        new() { System = "elasticsearch", Actions = [action], Resources = [.. resources] };

    public static Grant Not(string action, params string[] resources) => On(action, resources) with { Effect = GrantEffect.Deny };

    public static Grant Restricted(string action, params string[] resources) => On(action, resources) with { AllowRestricted = true };

    public static Grant Everything { get; } = new() { System = "*", Actions = ["*"] };

    public static SystemAction Action(string name) => SystemAction.Intern("elasticsearch", name);

    public static OperationSet Asks(string action, params string[] names)
    {
        var set = new OperationSet();
        set.Begin(Action(action));
        foreach (string name in names)
        {
            set.AddResource(Encoding.UTF8.GetBytes(name));
        }

        return set;
    }

    public static bool May(this CompiledPolicy policy, string action, string name, string user = "anna")
    {
        bool isAllowed = Authorizer.Decide(policy, PolicyFixture.Context(user), Asks(action, name)).IsAllowed;

        // The recorded decision goes through every grant, and throws where the two differ.
        if (Explainer.Explain(policy, PolicyFixture.Context(user), Asks(action, name)).IsAllowed != isAllowed)
        {
            throw new InvalidOperationException("the explanation differs");
        }

        return isAllowed;
    }

    public static ImmutableArray<string> FaultsOf(Grant grant)
    {
        List<Problem> problems = [];
        CompiledPolicy.Compile(1, [new RoleDocument { Name = "role", Grants = [grant] }], problems);
        return [.. problems.Select(static p => $"{p.Id} {p.Text}")];
    }
}
