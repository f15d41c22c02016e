using System.Buffers;
using System.Text;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// An <c>_msearch</c>, <c>_mget</c> or <c>_mtermvectors</c> of which not everything is allowed, decided item by item as Elasticsearch
/// does: what an item needs is what a request of that item alone needs. What is left is decided once more, as it is forwarded.
/// </summary>
/// <param name="route">The line of the request.</param>
/// <param name="target">Its target.</param>
/// <param name="policy">The policy of its start.</param>
/// <param name="context">Who asks.</param>
internal sealed class ItemizedRequest(ElasticsearchRoute route, CanonicalTarget target, CompiledPolicy policy, AuthorizationContext context)
{
    /// <summary>Most operations that go into the record of what was refused.</summary>
    private const int MostRecorded = 100;

    private readonly OperationSet _asked = new();
    private readonly Dictionary<(string Action, string Name), string> _reasons = [];
    private RequestItems? _items;
    private ItemRefusals? _refused;
    private bool _isWhole;

    /// <summary>How the lists of searches were narrowed; null where there are none.</summary>
    public MultiSearchNarrowing? Proven { get; init; }

    /// <summary>What was refused, for the record.</summary>
    public OperationSet Recorded { get; } = new();

    /// <summary>Whether every item is refused.</summary>
    public bool IsNothingLeft => _refused?.Count == _items?.Count;

    /// <summary>
    /// The refused items; null where the request is decided as a whole: it has no items, all of them are allowed, or nothing of the kind
    /// is granted to the caller at all.
    /// </summary>
    /// <param name="exchange">The request; its operations are those of the whole.</param>
    /// <param name="body">The body as it is decided.</param>
    public ItemRefusals? Decide(HttpExchange exchange, ReadOnlyMemory<byte> body)
    {
        if (!RequestItems.Has(route.Template)
            || Authorizer.Decide(policy, context, exchange.Operations).IsAllowed
            || !MayRead()
            || !ResponseForms.CanBeRead(exchange, answersAsText: false)
            || RequestItems.Find(route.Template, body, ElasticsearchSteps.GivenOf(exchange, route)) is not { } items)
        {
            return null;
        }

        var refused = new ItemRefusals(items);
        for (int item = 0; item < items.Count; item++)
        {
            ClassifiedRequest alone = Classify(exchange, items.Alone(item));
            bool isWhole = Proven?.IsProvenAt(item) != true;
            _asked.Clear();
            ElasticsearchSteps.Add(_asked, alone.Others, isWhole);
            Decision decision = Authorizer.Decide(policy, context, _asked);
            bool isKnown = alone.Class.Outcome is RequestOutcome.Operations or RequestOutcome.Owner && alone.Slots.Count == 0;
            if (!isKnown || decision.Denial.Operation < 0)
            {
                return null;
            }

            if (decision.IsAllowed)
            {
                _isWhole |= isWhole;
            }
            else
            {
                refused.Add(item, ReasonFor(decision.Denial, items.Kind));
            }
        }

        (_items, _refused) = (items, refused);
        return refused.Count > 0 ? refused : null;
    }

    /// <summary>What is left of the body as it is sent: where no index is left, it differs from what is decided in names, not in items.</summary>
    public ReadOnlyMemory<byte> LeftOf(ReadOnlyMemory<byte> sent) => RequestItems.Find(route.Template, sent, null)!.Without(_refused!); // after Decide

    /// <summary>Adds what is to be decided of what is left.</summary>
    public void AddLeft(HttpExchange exchange, ReadOnlyMemory<byte> decided) =>
        ElasticsearchSteps.Add(exchange.Operations, Classify(exchange, LeftOf(decided)).Others, _isWhole);

    /// <summary>Adds what is decided where no item is left: that the caller may read anything at all.</summary>
    public void AddEmpty(OperationSet operations) => operations.Begin(SystemAction.Intern("elasticsearch", "index:read"));

    /// <summary>Nothing is left for the upstream: the gate answers.</summary>
    public static ValueTask<ForwardOutcome> AnswerAsync(HttpExchange exchange, ItemRefusals refused)
    {
        exchange.Permit.EnsureValid();
        ArrayBufferWriter<byte> answer = new();
        int next = 0;
        while (!ItemAnswer.WriteAllRefused(refused, ref next, answer))
        {
            // Bounded by the number of items that are looked at.
        }

        return ValueTask.FromResult(LocalAnswer.Send(exchange, StatusCodes.Status200OK, answer.WrittenSpan));
    }

    private ClassifiedRequest Classify(HttpExchange exchange, ReadOnlyMemory<byte> body) =>
        ElasticsearchClassifier.Classify(route, exchange.Method, target, exchange.Headers.ContentType, body);

    private bool MayRead()
    {
        AddEmpty(_asked);
        return Authorizer.Decide(policy, context, _asked).IsAllowed;
    }

    /// <summary>Elastic's words for what is missing.</summary>
    private string ReasonFor(Denial denial, ItemKind kind)
    {
        OperationView asked = _asked[denial.Operation];
        string name = denial.Resource < 0 ? "" : Encoding.UTF8.GetString(asked.Resource(denial.Resource));
        if (_reasons.TryGetValue((asked.Action.Name, name), out string? known))
        {
            return known;
        }

        if (_reasons.Count < MostRecorded)
        {
            Recorded.Begin(asked.Action);
            if (name.Length > 0)
            {
                Recorded.AddResource(asked.Resource(denial.Resource));
            }
        }

        string action = kind switch
        {
            ItemKind.Searches => "indices:data/read/search",
            ItemKind.Documents => "indices:data/read/mget[shard]",
            _ => "indices:data/read/mtermvectors[shard]",
        };
        string privilege = asked.Action.Name[(asked.Action.Name.IndexOf(':', StringComparison.Ordinal) + 1)..];
        string on = name.Length > 0 ? $" on indices [{name}]" : "";
        string reason = $"action [{action}] is unauthorized for user [{context.Principal.Name}]{on}, this action is granted by the index privileges [{privilege},all]";
        _reasons.Add((asked.Action.Name, name), reason);
        return reason;
    }
}
