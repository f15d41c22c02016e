using System.Collections.Immutable;
using System.Net;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Network.Endpoints;

/// <summary>A socket that takes connections or datagrams on this host.</summary>
/// <param name="Transport">TCP or UDP.</param>
/// <param name="Address">Local address.</param>
/// <param name="Port">Local port.</param>
/// <param name="User">Name of its owner.</param>
public sealed record SeenListener(Transport Transport, IPAddress Address, int Port, string User)
{
    /// <summary>Process id, where it can be seen.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The program's name, where it can be seen.</summary>
    public string? Process { get; init; }

    /// <summary>Whether it is the daemon's.</summary>
    public bool IsOurs { get; init; }

    /// <summary>Whether other hosts can reach it as far as its address goes.</summary>
    public bool IsOpen => !IPAddress.IsLoopback(Address.IsIPv4MappedToIPv6 ? Address.MapToIPv4() : Address);
}

/// <summary>How the daemon is, as the one who looks sees it.</summary>
public enum DaemonState
{
    /// <summary>It could not be asked.</summary>
    Unknown,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It does not run.</summary>
    Stopped,
}

/// <summary>How an endpoint is right now.</summary>
public enum EndpointState
{
    /// <summary>Not looked at: it is on another host.</summary>
    Elsewhere,

    /// <summary>Nobody listens.</summary>
    Silent,

    /// <summary>Somebody listens, for this host only.</summary>
    Local,

    /// <summary>Somebody listens, and other hosts reach it as far as the address goes.</summary>
    Open,

    /// <summary>Somebody listens who must not, or where they must not.</summary>
    Wrong,
}

/// <summary>An endpoint with what was seen of it.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="State">How it is.</param>
/// <param name="Listeners">Who listens.</param>
/// <param name="Problem">What is wrong, or null.</param>
public sealed record SeenEndpoint(Endpoint Endpoint, EndpointState State, ImmutableArray<SeenListener> Listeners, Problem? Problem = null);

/// <summary>Holds what listens against what should.</summary>
public static class PortReview
{
    /// <summary>Looks at every endpoint.</summary>
    /// <param name="endpoints">What should be.</param>
    /// <param name="listeners">What is.</param>
    /// <param name="daemon">Whether the daemon runs: without it nothing of its own is missing.</param>
    public static ImmutableArray<SeenEndpoint> Of(IEnumerable<Endpoint> endpoints, IReadOnlyCollection<SeenListener> listeners, DaemonState daemon) =>
        [.. endpoints.Select(endpoint => Look(endpoint, listeners, daemon))];

    private static SeenEndpoint Look(Endpoint endpoint, IReadOnlyCollection<SeenListener> listeners, DaemonState daemon)
    {
        if (endpoint.Direction == Direction.Outgoing)
        {
            return new SeenEndpoint(endpoint, EndpointState.Elsewhere, []);
        }

        ImmutableArray<SeenListener> here =
            [.. listeners.Where(l => l.Transport == endpoint.Transport && endpoint.Ports.Contains(l.Port)).OrderBy(static l => l.Port).ThenBy(static l => l.Address.ToString(), StringComparer.Ordinal)];
        return endpoint.Holder == EndpointHolder.Gatehouse ? Ours(endpoint, here, daemon) : Theirs(endpoint, [.. here.Where(static l => !l.IsOurs)]);
    }

    private static SeenEndpoint Ours(Endpoint endpoint, ImmutableArray<SeenListener> here, DaemonState daemon)
    {
        ImmutableArray<SeenListener> takers = [.. here.Where(l => Takes(l.Address, endpoint.Address!))]; // own endpoints have an address
        if (takers.FirstOrDefault(l => !l.IsOurs && daemon != DaemonState.Unknown) is { } foreign)
        {
            return new SeenEndpoint(endpoint, EndpointState.Wrong, takers, PortProblems.ForeignListener.Because(
                $"{endpoint.What}, {Shown(foreign)}: {Who(foreign)} listens there",
                hint: "whoever holds it gets what is meant for Gatehouse; stop that process, or move the listener in gatehouse.yaml"));
        }

        if (!takers.IsEmpty)
        {
            return new SeenEndpoint(endpoint, takers.Any(static l => l.IsOpen) ? EndpointState.Open : EndpointState.Local, takers);
        }

        Problem? missing = daemon == DaemonState.Running && !endpoint.MayBeSilent
            ? PortProblems.NotListening.Because($"{endpoint.What} does not listen on {new IPEndPoint(endpoint.Address!, endpoint.Ports.First)}", hint: "gatehouse status says why")
            : null;
        return new SeenEndpoint(endpoint, missing is null ? EndpointState.Silent : EndpointState.Wrong, [], missing);
    }

    private static SeenEndpoint Theirs(Endpoint endpoint, ImmutableArray<SeenListener> here)
    {
        if (here.FirstOrDefault(static l => l.IsOpen) is not { } open)
        {
            return new SeenEndpoint(endpoint, here.IsEmpty ? EndpointState.Silent : EndpointState.Local, here);
        }

        if (endpoint.Audience != Audiences.None)
        {
            return new SeenEndpoint(endpoint, EndpointState.Open, here);
        }

        string before = endpoint.Protection.Kind == ProtectionKind.Nothing ? "" : $", behind {endpoint.Protection}";
        return new SeenEndpoint(endpoint, EndpointState.Wrong, here, PortProblems.GuardedPortExposed.Because(
            $"{endpoint.What}{before}: {Who(open)} listens on {Shown(open)}, which other hosts reach",
            hint: "let it listen on 127.0.0.1 only; where it cannot, gatehouse firewall closes it"));
    }

    private static bool Takes(IPAddress listener, IPAddress target) =>
        listener.Equals(target) || listener.Equals(IPAddress.IPv6Any) || listener.Equals(IPAddress.Any)
        || target.Equals(IPAddress.Any) || target.Equals(IPAddress.IPv6Any);

    private static string Shown(SeenListener listener) => new IPEndPoint(listener.Address, listener.Port) + (listener.Transport == Transport.Udp ? "/udp" : "");

    private static string Who(SeenListener listener) => listener switch
    {
        { Process: { } name, ProcessId: { } id } => $"{name} (process {id.ToString(System.Globalization.CultureInfo.InvariantCulture)}, user {listener.User})",
        _ => $"a process of user {listener.User}",
    };
}
