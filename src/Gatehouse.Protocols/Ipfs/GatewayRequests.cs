using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>Requests that are a path and nothing else: Kubo's gateway, figures for Prometheus.</summary>
internal static class GatewayRequests
{
    public static IpfsFault? Read(string action, CanonicalTarget target, IpfsDraft draft)
    {
        if (action != "gateway.read")
        {
            draft.Begin(action, IpfsScope.None);
            return null;
        }

        if (!TryPath(target, 0, out IpfsPath? path))
        {
            return IpfsFault.BadPath();
        }

        // A rule on paths, /ipfs/**, holds for the root as for what lies below it.
        draft.Add(action, IpfsScope.None, path!.Pin is { } root ? "/ipfs/" + root.Text : path.Resource);
        return null;
    }

    /// <summary>The path that stands in a target from a segment on.</summary>
    public static bool TryPath(CanonicalTarget target, int first, out IpfsPath? path)
    {
        string[] pieces = new string[target.SegmentCount - first];
        for (int i = 0; i < pieces.Length; i++)
        {
            pieces[i] = Encoding.UTF8.GetString(target.Segment(first + i));
        }

        path = null;
        return pieces.Length >= 2 && IpfsPath.TryMake(pieces[0], pieces[1], pieces.AsSpan(2), out path);
    }
}
