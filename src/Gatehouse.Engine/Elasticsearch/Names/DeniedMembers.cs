using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// Aliases and streams that lead to what a deny is about. An alias is decided by its own name, so a deny on an index would not
/// hold for who comes by an alias of it.
/// </summary>
/// <param name="policy">The policy of the request.</param>
/// <param name="context">Who asks.</param>
/// <param name="names">What the cluster has.</param>
internal sealed class DeniedMembers(CompiledPolicy policy, AuthorizationContext context, KnownNames names)
{
    private readonly OperationSet _asked = new();
    private readonly Dictionary<(SystemAction Action, string Name), bool> _decided = [];

    /// <summary>Whether one of these expressions leads to something that is denied.</summary>
    public bool AreReached(SystemAction action, IEnumerable<string> expressions)
    {
        foreach (string expression in expressions)
        {
            if (!expression.StartsWith('-') && IsReached(action, expression))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an expression does.</summary>
    public bool IsReached(SystemAction action, string expression)
    {
        string text = Policy.Indices.BackingNames.WithoutSelector(expression);
        if (!text.Contains('*', StringComparison.Ordinal))
        {
            return names.Find(text) is { } known && Leads(action, known);
        }

        foreach (KnownName known in names.All)
        {
            if (known.Kind != NameKind.Index && Matches(text, known.Name) && Leads(action, known))
            {
                return true;
            }
        }

        return false;
    }

    private bool Leads(SystemAction action, KnownName name)
    {
        foreach (string member in name.Kind == NameKind.Index ? [] : name.Others)
        {
            if (IsDenied(action, member))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsDenied(SystemAction action, string name)
    {
        if (!_decided.TryGetValue((action, name), out bool isDenied))
        {
            _asked.Clear();
            _asked.Begin(action);
            _asked.AddResource(Encoding.UTF8.GetBytes(name));
            Decision decision = Authorizer.Decide(policy, context, _asked);
            isDenied = !decision.IsAllowed && decision.Denial.Reason == DenialReason.ExplicitDeny;
            _decided.Add((action, name), isDenied);
        }

        return isDenied;
    }

    // `*` is any run of characters; nothing else stands for more than itself.
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int star = -1;
        int from = 0;
        int p = 0;
        int n = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                from = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++from;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
