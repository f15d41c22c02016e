using Gatehouse.Engine.Listeners.Sockets;
using Gatehouse.Protocols.ProxyProtocol;

namespace Gatehouse.Engine.Listeners;

/// <summary>Takes a PROXY protocol header off the beginning of a connection.</summary>
internal static class ProxyHeaderReader
{
    /// <summary>The header, or null when it is missing, malformed or cut off.</summary>
    public static async ValueTask<ProxyHeader?> ReadAsync(ClientStream stream, CancellationToken deadline)
    {
        while (await stream.PeekMoreAsync(ProxyHeaderParser.MaxLength, deadline))
        {
            switch (ProxyHeaderParser.Parse(stream.Peeked, out ProxyHeader header, out int consumed))
            {
                case ProxyHeaderStatus.Parsed:
                    stream.Skip(consumed);
                    return header;
                case ProxyHeaderStatus.Invalid:
                    return null;
                default:
                    break;
            }
        }

        return null;
    }
}
