using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration;
using Gatehouse.Network.Firewall;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.App.Commands.Ports;

/// <summary>Addresses, networks and host names as people give them, to networks.</summary>
internal static class FirewallNetworks
{
    /// <summary>Reads all of them, in one order whatever the order given. A name stands for every address that it has.</summary>
    public static async Task<ImmutableArray<IPNetwork>> ReadAsync(IEnumerable<string> texts, string what, CancellationToken cancellation)
    {
        var networks = new List<IPNetwork>();
        foreach (string text in texts)
        {
            networks.AddRange(await ReadAsync(text, what, cancellation));
        }

        return FirewallSources.Distinct(networks);
    }

    private static async Task<IEnumerable<IPNetwork>> ReadAsync(string text, string what, CancellationToken cancellation)
    {
        if (FirewallSources.TryParse(text, out IPNetwork network, out string why))
        {
            return IPAddress.IsLoopback(network.BaseAddress)
                ? throw CommandFailure.CannotRun(PortProblems.NotANetwork, $"`{text}` in {what} is this host itself", "this host reaches its own ports anyway")
                : [network];
        }

        // What looks like an address must be one: the resolver would read 10.1 too.
        if (!IsName(text))
        {
            throw CommandFailure.CannotRun(PortProblems.NotANetwork, $"`{text}` in {what}: {why}", "write 10.0.0.0/8, 192.0.2.7, 2001:db8::/32 or a host name");
        }

        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(text, cancellation);
            IPAddress[] useful = [.. found.Select(static a => a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a).Where(static a => !IPAddress.IsLoopback(a) && a.ScopeIdOrZero() == 0).Distinct()];
            return useful.Length > 0
                ? useful.Select(static a => new IPNetwork(a, a.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))
                : throw CommandFailure.CannotRun(PortProblems.NoAddress, $"`{text}` in {what} leads back to this host", "give the address that other hosts see");
        }
        catch (SocketException unknown)
        {
            throw CommandFailure.CannotRun(PortProblems.NoAddress, $"`{text}` in {what} has no address", "give the address itself", unknown);
        }
    }

    private static long ScopeIdOrZero(this IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? address.ScopeId : 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsName(string text) => HostNames.IsName(text) && !char.IsAsciiDigit(text[^1]);
}
