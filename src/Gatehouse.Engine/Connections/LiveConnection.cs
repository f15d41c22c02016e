using System.Net;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Connections;

/// <summary>
/// One accepted connection of any protocol, from admission to close. What runs on it registers as <see cref="ILiveWork"/>
/// <em>before</em> it reads the snapshot it is decided on, so that no swap falls between.
/// </summary>
internal abstract class LiveConnection(long id, string gate, IPEndPoint source, DateTimeOffset since)
{
    /// <summary>Number on this node, from 1.</summary>
    public long Id { get; } = id;

    /// <summary>The gate's name, or <c>admin</c>.</summary>
    public string Gate { get; } = gate;

    /// <summary>The client's address; from the PROXY header where that is configured.</summary>
    public IPEndPoint Source { get; } = source;

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset Since { get; } = since;

    /// <summary>The principal last authenticated on it, or null.</summary>
    public Principal? Principal { get; set; }

    /// <summary>Whose process of this host is at the other end, null where the kernel does not know; null: not asked at this listener.</summary>
    public Task<SocketOwner?>? LocalUser { get; set; }

    /// <summary>
    /// Whether the handshake would be let through now; null where nothing can change about that. Asked at each sweep: cheap,
    /// any thread.
    /// </summary>
    public Func<DateTimeOffset, bool>? Standing { get; set; }

    /// <summary>Adds work under way; it is re-decided at every snapshot swap and twice a second.</summary>
    public abstract void Add(ILiveWork work);

    /// <summary>Takes work off.</summary>
    public abstract void Remove(ILiveWork work);

    /// <summary>Closes the connection at once, whatever runs on it.</summary>
    public abstract void Cut(string reason);
}

/// <summary>The client's end of a connection that is not read from while work runs on it.</summary>
internal interface IPeerWatch
{
    /// <summary>
    /// Looks whether the client has closed or reset the connection while nobody reads it, and if so lets its
    /// <c>ConnectionClosed</c> token fall. Cheap (one call of the kernel at most), any thread, never throws.
    /// </summary>
    void Look();
}

/// <summary>A request, stream or session that must go on being allowed.</summary>
internal interface ILiveWork
{
    /// <summary>Decides again on a newer snapshot; false: it is cut. Cheap, called on a background thread, possibly at the same time as the work runs.</summary>
    bool IsStillAllowed(SecuritySnapshot snapshot, DateTimeOffset now);

    /// <summary>Ends it at once, with the reason for its record.</summary>
    void Cut(string reason);

    /// <summary>Whether it says goodbye to its client and closes the connection by itself, within moments of <see cref="Cut"/>.</summary>
    bool ClosesConnection => false;

    /// <summary>One line for people: <c>POST /v3/watch</c>.</summary>
    string Describe();
}
