using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>What the upstream keeps for a client, and what the gate has to know when the client comes back for it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Gate">The gate it was made through: another one may guard another cluster.</param>
/// <param name="Owner">Who made it.</param>
/// <param name="Rights">What was decided when it was made; decided again at each use.</param>
/// <param name="Expires">From then on it is not known any more.</param>
/// <param name="UpstreamId">The upstream's own id.</param>
internal sealed record Handle(
    HandleKind Kind, string Gate, HandleOwner Owner, IReadOnlyList<RequestOperation> Rights, DateTimeOffset Expires, string UpstreamId);
