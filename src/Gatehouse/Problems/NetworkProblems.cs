namespace Gatehouse.Problems;

/// <summary>Listeners, IP filter, admission and TLS: GH4xxx.</summary>
public static class NetworkProblems
{
    /// <summary>An address rule that names no address.</summary>
    public static readonly ProblemDefinition InvalidAddress = new("GH4001", "Invalid address in an address rule");

    /// <summary>A CIDR with bits set below its prefix.</summary>
    public static readonly ProblemDefinition HostBitsSet = new("GH4002", "Address bits set below the prefix length");

    /// <summary>More host names in address rules than are resolved.</summary>
    public static readonly ProblemDefinition TooManyHosts = new("GH4003", "Too many host names in address rules");

    /// <summary>Elasticsearch's IP filter says something that rules here cannot say exactly.</summary>
    public static readonly ProblemDefinition FilterNotKept = new("GH4004", "IP filter cannot be taken over with its exact meaning");

    /// <summary>Settings of Elasticsearch's IP filter that cannot be read.</summary>
    public static readonly ProblemDefinition FilterUnreadable = new("GH4005", "Elasticsearch's IP filter settings cannot be read");

    /// <summary>Rules that are there already would hold together with those that are to come.</summary>
    public static readonly ProblemDefinition RulesWouldMix = new("GH4006", "Other address rules would change the meaning");

    /// <summary>A listen address that another process holds.</summary>
    public static readonly ProblemDefinition PortInUse = new("GH4010", "Port in use by another process");

    /// <summary>A listen address that this host or user may not bind.</summary>
    public static readonly ProblemDefinition CannotListen = new("GH4011", "Cannot listen on this address");

    /// <summary>A Unix socket path that cannot be used.</summary>
    public static readonly ProblemDefinition SocketPathUnusable = new("GH4012", "Unix socket path cannot be used");

    /// <summary>A listener that gets no connections from the kernel for now.</summary>
    public static readonly ProblemDefinition CannotAccept = new("GH4013", "Cannot accept connections");

    /// <summary>The upstream's port is held by someone who may not hold it.</summary>
    public static readonly ProblemDefinition WrongUpstreamOwner = new("GH4020", "Upstream port owned by the wrong user");

    /// <summary>A user name in <c>run_as</c> that this host does not know.</summary>
    public static readonly ProblemDefinition UnknownLocalUser = new("GH4021", "Unknown local user");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
        [InvalidAddress, HostBitsSet, TooManyHosts, FilterNotKept, FilterUnreadable, RulesWouldMix, PortInUse, CannotListen, SocketPathUnusable, CannotAccept, WrongUpstreamOwner, UnknownLocalUser];
}
