using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>
/// The transport of gates: sockets without pipes of their own between kernel and TLS. Completions run where the runtime has
/// them run (inline, as the daemon sets it), so nothing may block there.
/// </summary>
/// <param name="listen">Makes a socket that listens; its faults are the start's.</param>
/// <param name="time">For pauses and limits.</param>
/// <param name="logger">Where listeners log.</param>
internal sealed class SocketTransport(Func<EndPoint, Socket> listen, TimeProvider time, ILogger logger) : IConnectionListenerFactory
{
    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = new SocketListener(
            listen(endpoint), static (listening, cancellation) => listening.AcceptAsync(cancellation), time, logger);
        return new ValueTask<IConnectionListener>(listener);
    }
}
