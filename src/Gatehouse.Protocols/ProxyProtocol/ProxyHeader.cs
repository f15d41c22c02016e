using System.Net;

namespace Gatehouse.Protocols.ProxyProtocol;

/// <summary>What a PROXY protocol header says (HAProxy's proxy-protocol.txt, versions 1 and 2, TCP only).</summary>
/// <param name="Source">The client; null for the proxy's own connection (<c>LOCAL</c>, its health check).</param>
/// <param name="Destination">The address the client dialled; null with <paramref name="Source"/>.</param>
public readonly record struct ProxyHeader(IPEndPoint? Source, IPEndPoint? Destination);

/// <summary>How far reading came.</summary>
public enum ProxyHeaderStatus
{
    /// <summary>Good so far, but cut off.</summary>
    NeedMore = 0,

    /// <summary>Read.</summary>
    Parsed = 1,

    /// <summary>Not a header, or one that another parser could read differently.</summary>
    Invalid = 2,
}
