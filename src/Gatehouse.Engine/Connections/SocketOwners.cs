using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Gatehouse.Engine.Connections;

/// <summary>
/// Who owns local sockets ("loopback is no identity", design section 4). Answers are found off the socket threads and held
/// for a second, so that 10,000 connections do not mean 10,000 scans.
/// </summary>
internal sealed class SocketOwners(TimeProvider time)
{
    private const int MaxHeld = 4096;
    private static readonly TimeSpan HoldFor = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<object, Held> _held = new();

    /// <summary>
    /// Checks who listens at an address of this host before something is sent there. Where several sockets could take the
    /// connection (SO_REUSEPORT, wildcard listeners), every owner must be allowed.
    /// </summary>
    public async ValueTask<OwnerCheck> CheckListenerAsync(IPEndPoint endpoint, UpstreamOwnerRule rule)
    {
        if (rule.IsAny)
        {
            return new OwnerCheck(OwnerStatus.Allowed);
        }

        return Judge(await Ask(endpoint, static key => FindOwners((IPEndPoint)key)), rule);
    }

    /// <summary>Checks who owns a Unix socket file; <see cref="OwnerStatus.NoListener"/> when there is no socket.</summary>
    public async ValueTask<OwnerCheck> CheckSocketFileAsync(string path, UpstreamOwnerRule rule)
    {
        if (rule.IsAny)
        {
            return new OwnerCheck(OwnerStatus.Allowed);
        }

        return Judge(await Ask(path, static key => FindFileOwner((string)key)), rule);
    }

    /// <summary>Checks the process that listened at the other end of a connected Unix socket (SO_PEERCRED); does not block.</summary>
    public static OwnerCheck CheckUnixPeer(Socket socket, UpstreamOwnerRule rule)
    {
        if (!PeerCredentials.TryRead(socket, out PeerCredentials peer))
        {
            return new OwnerCheck(OwnerStatus.NoListener);
        }

        return rule.Allows(peer.UserId)
            ? new OwnerCheck(OwnerStatus.Allowed)
            : new OwnerCheck(OwnerStatus.Refused, new SocketOwner(peer.UserId, LocalUsers.NameOf(peer.UserId), peer.ProcessId));
    }

    /// <summary>Checks the local process that made an accepted loopback connection. Never held: each connection is its own.</summary>
    /// <param name="local">Our end.</param>
    /// <param name="remote">The client's end.</param>
    /// <param name="rule">Who may.</param>
    public static async ValueTask<OwnerCheck> CheckPeerAsync(IPEndPoint local, IPEndPoint remote, UpstreamOwnerRule rule)
    {
        if (rule.IsAny)
        {
            return new OwnerCheck(OwnerStatus.Allowed);
        }

        return await FindPeerAsync(local, remote) is { } owner ? Judge(new Owners(true, [owner]), rule)
            : IsLocal(remote.Address) ? new OwnerCheck(OwnerStatus.NoListener)
            : new OwnerCheck(OwnerStatus.NotLocal);
    }

    /// <summary>Finds whose process of this host made an accepted connection; null: it is of another host, or closed by now.</summary>
    /// <param name="local">Our end.</param>
    /// <param name="remote">The client's end.</param>
    public static Task<SocketOwner?> FindPeerAsync(IPEndPoint local, IPEndPoint remote)
    {
        IPEndPoint own = Unmapped(local);
        IPEndPoint other = Unmapped(remote);

        // Inode 0: the process has closed it already, and the uid shown is no longer its owner's.
        return Task.Run(() => IsLocal(other.Address) && SocketDiagnostics.Connected(other, own) is { Inode: not 0 } socket ? Describe(socket.UserId) : null);
    }

    /// <summary>Whether an address is one of this host's.</summary>
    public static bool IsLocal(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (IPAddress.IsLoopback(plain) || plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any))
        {
            return true;
        }

        foreach (NetworkInterface card in NetworkInterface.GetAllNetworkInterfaces())
        {
            foreach (UnicastIPAddressInformation own in card.GetIPProperties().UnicastAddresses)
            {
                if (own.Address.GetAddressBytes().AsSpan().SequenceEqual(plain.GetAddressBytes()))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// Finds who listens on a port, for people: with process id and name where these can be seen (another user's only as
    /// root). Null when nobody listens. Blocks: for starts and commands.
    /// </summary>
    public static SocketOwner? FindListener(int port)
    {
        List<KernelSocket> sockets = SocketDiagnostics.Listeners(port);
        if (sockets.Count == 0)
        {
            return null;
        }

        foreach (KernelSocket socket in sockets)
        {
            if (ProcessFiles.TryFindHolder(socket.Inode, out int process, out string? name))
            {
                return new SocketOwner(socket.UserId, LocalUsers.NameOf(socket.UserId), process, name);
            }
        }

        return Describe(sockets[0].UserId);
    }

    private static Owners FindOwners(IPEndPoint endpoint)
    {
        if (!IsLocal(endpoint.Address))
        {
            return new Owners(false, []);
        }

        IPAddress target = Unmapped(endpoint).Address;

        // Dialling the wildcard address reaches loopback.
        target = target.Equals(IPAddress.Any) ? IPAddress.Loopback : target.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : target;
        return new Owners(
            true,
            [.. SocketDiagnostics.Listeners(endpoint.Port).Where(s => Takes(s, target)).Select(static s => s.UserId).Distinct().Select(Describe)]);
    }

    private static Owners FindFileOwner(string path) =>
        LocalUsers.TryGetSocketOwner(path, out uint user) ? new Owners(true, [Describe(user)]) : new Owners(true, []);

    private static bool Takes(KernelSocket listener, IPAddress target)
    {
        IPAddress own = listener.Address.IsIPv4MappedToIPv6 ? listener.Address.MapToIPv4() : listener.Address;
        if (own.Equals(IPAddress.IPv6Any))
        {
            return target.AddressFamily == AddressFamily.InterNetworkV6 || !listener.IsV6Only;
        }

        return own.AddressFamily == target.AddressFamily
            && (own.Equals(IPAddress.Any) || own.GetAddressBytes().AsSpan().SequenceEqual(target.GetAddressBytes()));
    }

    private static OwnerCheck Judge(Owners owners, UpstreamOwnerRule rule)
    {
        if (!owners.IsLocal)
        {
            return new OwnerCheck(OwnerStatus.NotLocal);
        }

        foreach (SocketOwner owner in owners.List)
        {
            if (!rule.Allows(owner.UserId))
            {
                return new OwnerCheck(OwnerStatus.Refused, owner);
            }
        }

        return owners.List.IsEmpty
            ? new OwnerCheck(OwnerStatus.NoListener)
            : new OwnerCheck(OwnerStatus.Allowed, owners.List[0]);
    }

    private static SocketOwner Describe(uint userId) => new(userId, LocalUsers.NameOf(userId));

    private static IPEndPoint Unmapped(IPEndPoint endpoint) =>
        endpoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endpoint.Address.MapToIPv4(), endpoint.Port) : endpoint;

    // Neither a failed question nor "nobody listens" is held: a service that comes up is reached at once.
    private async Task<Owners> Ask(object key, Func<object, Owners> find)
    {
        long now = time.GetTimestamp();
        if (_held.TryGetValue(key, out Held? held) && time.GetElapsedTime(held.Since, now) < HoldFor)
        {
            return await held.Answer;
        }

        if (_held.Count >= MaxHeld)
        {
            _held.Clear();
        }

        var next = new Held(now, Task.Run(() => find(key)));
        _held[key] = next;
        bool keep = false;
        try
        {
            Owners owners = await next.Answer;
            keep = !owners.List.IsEmpty;
            return owners;
        }
        finally
        {
            if (!keep)
            {
                _held.TryRemove(new KeyValuePair<object, Held>(key, next));
            }
        }
    }

    private sealed record Held(long Since, Task<Owners> Answer);

    private sealed record Owners(bool IsLocal, ImmutableArray<SocketOwner> List);
}
