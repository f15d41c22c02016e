using System.Collections.Immutable;
using System.Net;
using Gatehouse.Administration;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Enrolment;

namespace Gatehouse.Engine.Membership;

/// <summary>
/// Whose a name or an address is. Whoever holds a certificate for the host of another node can stand in that node's place, so a node
/// gets none with another node's name, with an address of the mesh that is not its own, or with a host at which another node is
/// reached, unless its token said that both are on one host. Loopback is everybody's.
/// </summary>
internal static class HostClaims
{
    /// <summary>Most hosts that one node shares with others.</summary>
    public const int Most = 8;

    /// <summary>Whether it is a DNS name or an address in its one form, without a port.</summary>
    public static bool IsHost(string text) =>
        TokenAddress.TryParse(new TokenAddress(text, 1).ToString(), out TokenAddress? address) && address.Host == text && Host.Of(text).ToString() == text;

    /// <summary>Why a node's certificate cannot carry one of these names; null: it can carry them all.</summary>
    /// <param name="membership">Who the others are.</param>
    /// <param name="node">The node's name; it need not be a member yet.</param>
    /// <param name="names">DNS names and addresses.</param>
    /// <param name="sameHosts">What it may share with others.</param>
    public static Problem? Refusal(MembershipDocument membership, string node, IEnumerable<string> names, ImmutableArray<string>? sameHosts)
    {
        NodeDocument? own = membership.Nodes.GetValueOrDefault(node);
        NodeDocument[] others = [.. membership.Nodes.Values.Where(other => other.Name != node)];
        foreach (Host host in names.Select(Host.Of))
        {
            if (host.IsOfMesh && !(own is not null && host.Is(own.PeerAddress)))
            {
                return EnrolmentProblems.HostTaken.Because(
                    $"a certificate of node `{node}` cannot name `{host}`: it is an address of the mesh, and not the node's own",
                    hint: "take it out of tls.names; a node that has joined may name its own");
            }

            if (host.IsLoopback || host.IsAmong(sameHosts) || (own is not null && host.Is(own.Name)))
            {
                continue;
            }

            if (Array.Find(others, other => host.Is(other.Name)) is { } namesake)
            {
                return Taken(node, host, $"it is the name of node `{namesake.Name}`");
            }

            if (Array.Find(others, other => HostsOf(other).Any(host.Is) && !host.IsAmong(other.SameHosts)) is { } there)
            {
                return Taken(node, host, $"node `{there.Name}` is reached there");
            }
        }

        return null;
    }

    /// <summary>
    /// The other way round: why a node cannot have this name or be reached at these addresses, because the certificate of another
    /// node names them already and could answer in its place; null: none does.
    /// </summary>
    /// <param name="document">The cluster state.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="addresses">Where it says that it is reached, <c>HOST:PORT</c>.</param>
    /// <param name="sameHosts">What it may share with others.</param>
    /// <param name="now">Certificates that ended before do not count.</param>
    public static Problem? Claimed(ClusterDocument document, string node, IEnumerable<string> addresses, ImmutableArray<string>? sameHosts, DateTimeOffset now)
    {
        Host[] hosts = [.. addresses.Select(HostOf).OfType<string>().Append(node).Select(Host.Of).Where(host => !host.IsLoopback && !host.IsAmong(sameHosts))];
        foreach (CertificateDocument one in document.Certificates.Values)
        {
            if (one.Profile != CertificateRecords.ServerProfile || one.Node is not { } other || other == node || one.NotAfter <= now || document.Revocations.ContainsKey(one.KeyHash))
            {
                continue;
            }

            ImmutableArray<string>? shared = document.Membership.Nodes.GetValueOrDefault(other)?.SameHosts;
            if (Array.Find(hosts, host => one.Names.Any(host.Is) && !host.IsAmong(shared)) is { } host)
            {
                return EnrolmentProblems.HostTaken.Because(
                    $"node `{node}` cannot be at `{host}`: a certificate of node `{other}` names it, until {one.NotAfter:yyyy-MM-dd}",
                    hint: $"where both nodes are on one host: gatehouse token create --node {node} --same-host {host}; else gatehouse cert revoke {one.Serial}");
            }
        }

        return null;
    }

    private static Problem Taken(string node, Host host, string why) => EnrolmentProblems.HostTaken.Because(
        $"a certificate of node `{node}` cannot name `{host}`: {why}",
        hint: $"give the host a name and an address of its own; where both nodes are on one host: gatehouse token create --node {node} --same-host {host}");

    private static IEnumerable<string> HostsOf(NodeDocument node) => node.Addresses.Append(node.AdminAddress).Select(HostOf).OfType<string>();

    private static string? HostOf(string? address) => address is not null && TokenAddress.TryParse(address, out TokenAddress? read) ? read.Host : null;

    /// <summary>A name, or an address whatever its form.</summary>
    private sealed record Host(string Name, IPAddress? Address)
    {
        private static readonly IPNetwork Mesh = new(IPAddress.Parse("127.77.0.0"), 24);

        public bool IsLoopback => Address is null ? string.Equals(Name, "localhost", StringComparison.OrdinalIgnoreCase) : IPAddress.IsLoopback(Address);

        /// <summary>Of those that nodes have by their numbers.</summary>
        public bool IsOfMesh => Address is not null && Mesh.Contains(Address);

        public static Host Of(string text) => IPAddress.TryParse(text, out IPAddress? address)
            ? new Host("", address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes()))
            : new Host(text, null);

        public bool Is(string text)
        {
            Host other = Of(text);
            return Address is null ? other.Address is null && string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase) : Address.Equals(other.Address);
        }

        public bool IsAmong(ImmutableArray<string>? hosts) => hosts is { IsDefault: false } some && some.Any(Is);

        public override string ToString() => Address?.ToString() ?? Name;
    }
}
