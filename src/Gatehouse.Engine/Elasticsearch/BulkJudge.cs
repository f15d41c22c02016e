using System.Text;
using Gatehouse.Engine.Elasticsearch.Names;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>Decides the items of one bulk, all of them on the policy of its start.</summary>
/// <param name="policy">The policy.</param>
/// <param name="context">Who asks.</param>
/// <param name="names">The names that there are at its start; null where that makes no difference.</param>
internal sealed class BulkJudge(CompiledPolicy policy, AuthorizationContext context, KnownNames? names) : IBulkJudge
{
    /// <summary>Most pairs of action and index that go into the record.</summary>
    private const int MostRecorded = 100;

    private readonly OperationSet _asked = new();
    private readonly MissingNames _missing = new(policy, context);
    private readonly DeniedMembers? _members = names is null ? null : new DeniedMembers(policy, context, names);

    /// <summary>Whether a document goes to a name that was not there.</summary>
    public bool MakesNames { get; private set; }

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
        string covered = IndexLists.Cover(name);
        if (names?.IsPretender(covered) == true)
        {
            _asked.AddPrefix(Encoding.UTF8.GetBytes(covered));
        }
        else
        {
            AskedNames.Add(_asked, name);
        }

        bool isAllowed = Authorizer.Decide(policy, context, _asked).IsAllowed && MayBeMade(action, covered) && !LeadsToDenied(action, covered);
        List<RequestOperation> recorded = isAllowed ? Allowed : Refused;
        if (recorded.Count < MostRecorded)
        {
            recorded.Add(new RequestOperation(action, [name]));
        }

        return isAllowed;
    }

    // Elasticsearch makes an index of a name that is not there; that takes a right of its own.
    private bool MayBeMade(string action, string name)
    {
        if (names is null || !MissingNames.IsWrite(action) || names.Find(name) is not null)
        {
            return true;
        }

        bool mayCreate = _missing.MayCreate(name);
        MakesNames |= mayCreate;
        return mayCreate;
    }

    private bool LeadsToDenied(string action, string name) =>
        names is not null && _members!.IsReached(SystemAction.Intern("elasticsearch", action), name); // there with the names
}
