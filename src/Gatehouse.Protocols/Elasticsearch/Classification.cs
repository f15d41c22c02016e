using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>
/// A request while it is being classified: readers add what they find. The first refusal counts, whatever is found besides.
/// </summary>
internal sealed class Classification(EndpointPlan plan, string method, CanonicalTarget target, ReadOnlyMemory<byte> body)
{
    private readonly OperationList _planned = new();
    private readonly OperationList _found = new();
    private readonly List<IndexSlot> _slots = [];
    private readonly List<(string Action, string List)> _others = [];
    private OperationList? _current;
    private readonly Dictionary<string, string> _superseded = new(StringComparer.Ordinal);

    /// <summary>The line of the table.</summary>
    public EndpointPlan Plan { get; } = plan;

    /// <summary>The method.</summary>
    public string Method { get; } = method;

    /// <summary>The target.</summary>
    public CanonicalTarget Target { get; } = target;

    /// <summary>The body, empty where there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; } = body;

    /// <summary>Whether only the maker of a handle may.</summary>
    public bool IsOwned { get; set; } = plan.IsOwned;

    /// <summary>Whether what the line says of index expressions is not what this request reads, as a point in time has its own.</summary>
    public bool HasOwnIndices { get; set; }

    /// <summary>Whether the body deletes indices by an expression that may stand for several.</summary>
    public bool DeletesByWildcard { get; set; }

    /// <summary>How many wrapped queries within each other are being read.</summary>
    public int WrapperDepth { get; set; }

    /// <summary>Why it is refused, or null.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The index expressions of the path or the query, or null where there are none.</summary>
    public string? GivenIndices => Plan.IndexSegment >= 0
        ? Utf8(Target.Segment(Plan.IndexSegment))
        : Target.TryGetParameter("index"u8, out ReadOnlySpan<byte> value) && value.Length > 0 ? Utf8(value) : null;

    /// <summary>Refuses the request.</summary>
    public void Refuse(string word) => Refusal ??= word;

    /// <summary>Adds an operation without index expressions.</summary>
    public void Need(string action) => Current.Add(action);

    /// <summary>Adds a comma list of index expressions.</summary>
    public void Need(string action, string expressions)
    {
        if (!IndexExpressions.TryRead(expressions, action, Current))
        {
            Refuse("bad_index_name");
        }
    }

    /// <summary>What is added from here on is what the line says, and comes first.</summary>
    public void BeginPlanned() => _current = _planned;

    /// <summary>Adds one name that a request writes to or makes: no list, no wildcard.</summary>
    public void NeedName(string action, string name)
    {
        if (!IndexExpressions.IsOneName(name))
        {
            Refuse("bad_index_name");
            return;
        }

        Need(action, name);
    }

    /// <summary>Says that another action is needed wherever the line says this one.</summary>
    public void Supersede(string action, string other) => _superseded[action] = other;

    /// <summary>The action that is needed where the line says this one.</summary>
    public string InPlaceOf(string action) => _superseded.GetValueOrDefault(action, action);

    /// <summary>The value of a parameter, or null.</summary>
    public string? Parameter(ReadOnlySpan<byte> name) => Target.TryGetParameter(name, out ReadOnlySpan<byte> value) ? Utf8(value) : null;

    /// <summary>Notes a place that holds a list of index expressions; a list of the table's own is no such place.</summary>
    public void AddSlot(IndexSlot slot, bool isLiteral)
    {
        if (isLiteral)
        {
            _others.Add((slot.Action, slot.Text));
        }
        else
        {
            _slots.Add(slot);
        }
    }

    /// <summary>What came out of it.</summary>
    public ClassifiedRequest Result()
    {
        if (Refusal is { } word)
        {
            return new ClassifiedRequest(RequestClass.Refused(word), [], []);
        }

        IReadOnlyList<RequestOperation> others = Others();
        IReadOnlyList<RequestOperation> operations = _planned.With(_found);
        RequestOutcome outcome = Plan.IsAnyPrincipal ? RequestOutcome.Authenticated : IsOwned ? RequestOutcome.Owner : RequestOutcome.Operations;
        return outcome == RequestOutcome.Operations && operations.Count == 0
            ? new ClassifiedRequest(RequestClass.Refused("no_operation"), [], [])
            : new ClassifiedRequest(new RequestClass(outcome, operations, null), _slots, others) { DeletesByWildcard = DeletesByWildcard };
    }

    /// <summary>All but the slots, in a list of its own.</summary>
    private IReadOnlyList<RequestOperation> Others()
    {
        var others = new OperationList();
        foreach (PlannedOperation planned in Plan.Operations)
        {
            if (planned.Sources.Length == 0 || (HasOwnIndices && InPlaceOf(planned.Action) == "index:read"))
            {
                others.Add(InPlaceOf(planned.Action));
            }
        }

        foreach ((string action, string list) in _others)
        {
            _ = IndexExpressions.TryRead(list, action, others); // it was read before
        }

        return others.With(_found);
    }

    private OperationList Current => _current ?? _found;

    private static string Utf8(ReadOnlySpan<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
