using System.Net;

namespace Gatehouse.Engine.Connections;

/// <summary>
/// Who owns local sockets ("loopback is no identity", design section 4). Answers are held for a second and found off the
/// socket threads.
/// </summary>
internal sealed class SocketOwners(TimeProvider time)
{
    /// <summary>Checks who listens at an address of this host before something is sent there.</summary>
    public ValueTask<OwnerCheck> CheckListenerAsync(IPEndPoint endpoint, UpstreamOwnerRule rule) => throw new NotSupportedException(time.ToString());

    /// <summary>Checks who owns a Unix socket file.</summary>
    public ValueTask<OwnerCheck> CheckSocketFileAsync(string path, UpstreamOwnerRule rule) => throw new NotSupportedException();

    /// <summary>Checks the local process that made an accepted loopback connection.</summary>
    /// <param name="local">Our end.</param>
    /// <param name="remote">The client's end.</param>
    /// <param name="rule">Who may.</param>
    public ValueTask<OwnerCheck> CheckPeerAsync(IPEndPoint local, IPEndPoint remote, UpstreamOwnerRule rule) => throw new NotSupportedException();

    /// <summary>Finds the process that listens on a port, for people; null when there is none or it is hidden from us. Blocks: for starts and commands.</summary>
    public static SocketOwner? FindListener(int port) => throw new NotSupportedException();
}
