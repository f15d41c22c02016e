using System.Text;
using Gatehouse.Engine.Elasticsearch.Names;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// Decides the items of one bulk on the policy of its start. What was allowed is noted where a later policy decides again what runs, and
/// what is asked for the first time after a change must be allowed by that policy too: a right that was lost ends with its loss.
/// </summary>
/// <param name="policy">The policy.</param>
/// <param name="context">Who asks.</param>
/// <param name="names">The names that there are at its start; null where that makes no difference.</param>
/// <param name="course">Where the bulk runs.</param>
internal sealed class BulkJudge(CompiledPolicy policy, AuthorizationContext context, KnownNames? names, IBulkCourse course) : IBulkJudge
{
    /// <summary>Most pairs of action and index that go into the record.</summary>
    private const int MostRecorded = 1000;

    private readonly OperationSet _asked = new();
    private readonly MissingNames _missing = new(policy, context);
    private readonly DeniedMembers? _members = names is null ? null : new DeniedMembers(policy, context, names);

    /// <summary>Whether a document goes to a name that was not there.</summary>
    public bool MakesNames { get; private set; }

    private int _allowed;

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

        bool isAllowed = Authorizer.Decide(policy, context, _asked).IsAllowed && course.IsAllowedNow(_asked)
            && MayBeMade(action, covered) && !LeadsToDenied(action, covered);
        if (isAllowed && _allowed++ < MostRecorded)
        {
            course.Note(_asked);
        }
        else if (!isAllowed && Refused.Count < MostRecorded)
        {
            Refused.Add(new RequestOperation(action, [name]));
        }

        return isAllowed;
    }

    // Elasticsearch makes an index of a name that is not there; that takes a right of its own.
    private bool MayBeMade(string action, string name)
    {
        if (names is null || !MissingNames.IsWrite(action) || !names.IsMissing(name))
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

/// <summary>The request that a bulk came with, as the judge of its items needs it.</summary>
internal interface IBulkCourse
{
    /// <summary>Whether it is allowed by the policy in force, where that is no longer the one of the start.</summary>
    bool IsAllowedNow(OperationSet asked);

    /// <summary>Takes note of what was allowed.</summary>
    void Note(OperationSet allowed);
}

/// <summary>The same of a request at a gate.</summary>
internal sealed class BulkCourse(HttpExchange exchange, GateEnvironment environment, SecuritySnapshot start) : IBulkCourse
{
    /// <inheritdoc/>
    public bool IsAllowedNow(OperationSet asked)
    {
        SecuritySnapshot now = environment.Snapshots.Current;
        return ReferenceEquals(now, start)
            || (exchange.TryGetContext(now, environment.Time.GetUtcNow(), out AuthorizationContext context)
                && Authorizer.Decide(now.Policy, context, asked).IsAllowed);
    }

    /// <inheritdoc/>
    public void Note(OperationSet allowed) => exchange.NoteOperations(operations => operations.AddFrom(allowed));
}
