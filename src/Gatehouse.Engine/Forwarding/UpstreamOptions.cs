using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Configuration;

namespace Gatehouse.Engine.Forwarding;

/// <summary>One upstream with its limits. Immutable.</summary>
internal sealed record UpstreamOptions
{
    /// <summary>Where it is.</summary>
    public required UpstreamAddress Address { get; init; }

    /// <summary>Value of <c>Host</c> towards it, ASCII.</summary>
    public byte[] Authority => field ??= Encoding.ASCII.GetBytes(FormatAuthority(Address));

    /// <summary>CAs that an upstream with TLS must chain to; empty: those of the system.</summary>
    public ImmutableArray<X509Certificate2> Authorities { get; init; } = [];

    /// <summary>Name its certificate must carry; null: the address's host.</summary>
    public string? ServerName { get; init; }

    /// <summary>Who the gate is to it; null: nobody.</summary>
    public UpstreamIdentity? Identity { get; init; }

    /// <summary>Connections at once; further requests wait up to <see cref="ConnectTimeout"/> for one.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>A new connection (with TLS) must stand by then.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>An idle connection older than this is closed instead of being used again.</summary>
    public TimeSpan MaxIdle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Longest time without progress while the request is sent and until the final response head is there. A response
    /// that has begun has no such limit: a watch may be silent for hours.
    /// </summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    private static string FormatAuthority(UpstreamAddress address)
    {
        string name = address.Host.Contains(':') ? $"[{address.Host}]" : address.Host;
        return address.Kind switch
        {
            UpstreamKind.Unix => "localhost",
            UpstreamKind.Http or UpstreamKind.Ws when address.Port == 80 => name,
            UpstreamKind.Https or UpstreamKind.Wss when address.Port == 443 => name,
            _ => $"{name}:{address.Port}",
        };
    }
}
