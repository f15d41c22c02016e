using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Connections;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Says whether the process behind an upstream's socket is one that may be there: loopback is no identity.</summary>
internal interface IUpstreamOwners
{
    /// <summary>Null when it is fine (or the address is not of this host), else who holds it instead, for people.</summary>
    ValueTask<string?> FindWrongOwnerAsync(EndPoint listener);
}

/// <summary>The kernel's answer held against one gate's rule.</summary>
internal sealed class UpstreamOwners(SocketOwners owners, UpstreamOwnerRule rule) : IUpstreamOwners
{
    /// <inheritdoc/>
    public async ValueTask<string?> FindWrongOwnerAsync(EndPoint listener)
    {
        if (rule.IsAny)
        {
            return null;
        }

        OwnerCheck check = listener switch
        {
            IPEndPoint address => await owners.CheckListenerAsync(address, rule),
            UnixDomainSocketEndPoint file => await owners.CheckSocketFileAsync(file.ToString(), rule),
            _ => new OwnerCheck(OwnerStatus.NoListener),
        };
        return check.Status switch
        {
            OwnerStatus.Allowed or OwnerStatus.NotLocal => null,
            OwnerStatus.Refused => $"uid {check.Owner?.UserId} ({check.Owner?.UserName}) holds {listener}",
            _ => $"nobody known holds {listener}",
        };
    }
}
