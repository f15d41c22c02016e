using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>Decides the items of one bulk, all of them on the policy of its start.</summary>
/// <param name="policy">The policy.</param>
/// <param name="context">Who asks.</param>
internal sealed class BulkJudge(CompiledPolicy policy, AuthorizationContext context) : IBulkJudge
{
    /// <summary>Most pairs of action and index that go into the record.</summary>
    private const int MostRecorded = 100;

    private readonly OperationSet _asked = new();

    /// <summary>What was allowed, as far as it is recorded.</summary>
    public List<RequestOperation> Allowed { get; } = [];

    /// <summary>What was refused, as far as it is recorded.</summary>
    public List<RequestOperation> Refused { get; } = [];

    /// <inheritdoc/>
    public bool Allows(string action, ReadOnlySpan<byte> index)
    {
        string name = Encoding.UTF8.GetString(index);
        _asked.Clear();
        _asked.Begin(SystemAction.Intern("elasticsearch", action));
        _asked.AddResource(Encoding.UTF8.GetBytes(IndexLists.Cover(name)));
        bool isAllowed = Authorizer.Decide(policy, context, _asked).IsAllowed;
        List<RequestOperation> recorded = isAllowed ? Allowed : Refused;
        if (recorded.Count < MostRecorded)
        {
            recorded.Add(new RequestOperation(action, [name]));
        }

        return isAllowed;
    }
}
