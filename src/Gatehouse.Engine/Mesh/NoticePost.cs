using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gatehouse.Engine.Mesh.Tunnels;

namespace Gatehouse.Engine.Mesh;

/// <summary>Tells peers what they have not been told.</summary>
internal sealed class NoticePost(MeshContext context)
{
    private readonly ConcurrentDictionary<string, ImmutableHashSet<string>> _told = new(StringComparer.Ordinal);

    /// <summary>Tells one peer over a tunnel; false: the tunnel is closed, and the rest waits for the next.</summary>
    public async Task<bool> TellAsync(MeshPeer peer, CallerTunnel tunnel, TimeSpan limit)
    {
        if (context.Notices is not { Pending: { IsEmpty: false } pending })
        {
            return true;
        }

        // A node that was enrolled anew under its name has heard nothing.
        ImmutableHashSet<string> told = _told.GetOrAdd(peer.Id, ImmutableHashSet.Create<string>(StringComparer.Ordinal));
        foreach (MeshNotice notice in pending.Where(notice => !told.Contains(notice.Key)))
        {
            if (!await tunnel.TellAsync(notice.Content, limit))
            {
                return false;
            }

            told = told.Add(notice.Key);
            _told[peer.Id] = told;
        }

        return true;
    }
}
