using System.Net;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Says whether the process behind a local listening socket is the one that may be there: loopback is no identity.</summary>
internal interface IUpstreamOwnerCheck
{
    /// <summary>Checks the listener of an address; null when it is fine (or not on this host), else who holds it, for people.</summary>
    string? FindWrongOwner(EndPoint listener);
}
