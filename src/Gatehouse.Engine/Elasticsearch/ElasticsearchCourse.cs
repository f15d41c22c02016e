using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>A request of this system after step 5.</summary>
internal sealed class ElasticsearchCourse : RequestCourse
{
    /// <summary>Answers in the upstream's place, once it is allowed; null where the upstream answers.</summary>
    public Func<HttpExchange, ValueTask<ForwardOutcome>>? Answer { get; init; }

    /// <summary>The bulk that it is, or null.</summary>
    public BulkRequest? Bulk { get; init; }
}
