using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>Keeps the node's trust in step with the cluster state.</summary>
internal static class StoredKeys
{
    /// <summary>
    /// Learns the data keys that were handed out while this node was away. A record that is not an issuer's, or not for this node, is
    /// left alone: what is sealed under such a key does not open, and that has its own problem.
    /// </summary>
    public static async ValueTask<Problem?> LearnAsync(IStateStore store, NodeTrust trust, CancellationToken cancellation)
    {
        Problem? refused = null;
        foreach (byte[] record in await store.ReadKeyringAsync(cancellation))
        {
            try
            {
                trust.Learn(record);
            }
            catch (ProblemException fault)
            {
                refused = fault.Problem;
            }
        }

        return refused;
    }

    /// <summary>Takes over what each new snapshot says of members, authorities, secrets and data keys.</summary>
    public static void Follow(SnapshotHolder snapshots, NodeTrust trust, ILogger logger) => snapshots.Swapped += next =>
    {
        try
        {
            trust.Adopt(next.Document.Membership);
        }
        catch (ProblemException fault)
        {
            // What was trusted before stays; the next change tries again.
            Log.Problem(logger, fault.Problem.ToString());
        }
    };
}
