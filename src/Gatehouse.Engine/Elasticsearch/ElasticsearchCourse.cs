using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>A request of this system after step 5.</summary>
internal sealed class ElasticsearchCourse : RequestCourse
{
    /// <summary>Answers in the upstream's place, once it is allowed; null where the upstream answers.</summary>
    public Func<HttpExchange, ValueTask<ForwardOutcome>>? Answer { get; init; }

    /// <summary>What seals the handles of the response, or null where it gives none out.</summary>
    public HandleFilter? Sealing { get; set; }

    /// <summary>The bulk that it is, or null.</summary>
    public BulkRequest? Bulk { get; init; }

    /// <summary>Items that were left out of what is forwarded, or null.</summary>
    public ItemRefusals? Items { get; init; }
}
