using System.Buffers;
using System.Text;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Problems;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// Ids of requests at the pinning service. Upstream takes the CID for one, which all owners of a pin would share; the gate gives each owner
/// an id of its own and puts the CID in its place before anything is read.
/// </summary>
internal static class PinningIds
{
    private const int Length = 32;
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Nobody learns whether an id is another's.</summary>
    private static readonly Refusal Unknown = new(404, IpfsProblems.NoSuchRequest, "request_unknown", Audit.AuditAction.AccessDenied);

    /// <summary>Puts the CID in the place of an id; false with a refusal where it is nobody's.</summary>
    /// <param name="exchange">The request, its target read.</param>
    /// <param name="cluster">The gate's cluster.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="target">What is read and forwarded.</param>
    /// <param name="named">The ownership that the id is of; null where there is no such id in the target.</param>
    public static Refusal? Resolve(HttpExchange exchange, string cluster, PinLedger ledger, out CanonicalTarget target, out PinOwnership? named)
    {
        target = exchange.Target;
        named = null;
        if (target.SegmentCount != 2 || target.Segment(1).Length != Length || target.Segment(1).ContainsAnyExcept(Digits))
        {
            return null;
        }

        named = ledger.Find(cluster, Encoding.ASCII.GetString(target.Segment(1)));
        if (named is null || named.Cid.Length == 0)
        {
            return Unknown;
        }

        target = new CanonicalTarget();
        return target.Parse("/pins/" + named.Cid) == TargetError.None ? null : Unknown;
    }

    /// <summary>An id that is another's is as good as none to whoever may see only their own pins.</summary>
    public static Refusal NotYours => Unknown;
}
