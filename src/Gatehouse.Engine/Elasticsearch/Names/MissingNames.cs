using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// Writing a document to a name that is not there makes an index of it, and takes the right to do that: <c>auto_configure</c> or
/// <c>create_index</c>, or what implies one of them (Elasticsearch: security privileges, <c>auto_configure</c>).
/// </summary>
/// <param name="policy">The policy of the request.</param>
/// <param name="context">Who asks.</param>
internal sealed class MissingNames(CompiledPolicy policy, AuthorizationContext context)
{
    private static readonly SystemAction Configure = SystemAction.Intern(Privileges.System, "index:auto_configure");
    private static readonly SystemAction Create = SystemAction.Intern(Privileges.System, "index:create_index");

    private readonly OperationSet _asked = new();

    /// <summary>Whether an action writes documents in a way that can make an index.</summary>
    public static bool IsWrite(string action) => action is "index:create_doc" or "index:create" or "index:index" or "index:write";

    /// <summary>Whether every name may be made.</summary>
    public bool MayCreateAnything => AllowsAll(Configure) || AllowsAll(Create);

    /// <summary>Whether one of the two is there for a name.</summary>
    public bool MayCreate(string name) => Allows(Configure, name) || Allows(Create, name);

    /// <summary>Whether one of the two is there for every name that documents are written to.</summary>
    public bool MayCreateAll(OperationSet operations)
    {
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            for (int r = 0; IsWrite(operation.Action.Name) && r < operation.ResourceCount; r++)
            {
                if (!MayCreate(Encoding.UTF8.GetString(operation.Resource(r))))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>The one that is to be decided: that which he has, else the one that a refusal should name.</summary>
    public SystemAction RightFor(string name) => Allows(Create, name) ? Create : Configure;

    private bool AllowsAll(SystemAction action)
    {
        _asked.Clear();
        _asked.Begin(action);
        _asked.AddPrefix([]);
        return Authorizer.Decide(policy, context, _asked).IsAllowed;
    }

    private bool Allows(SystemAction action, string name)
    {
        _asked.Clear();
        _asked.Begin(action);
        _asked.AddResource(Encoding.UTF8.GetBytes(name));
        return Authorizer.Decide(policy, context, _asked).IsAllowed;
    }
}
