using System.Collections.Immutable;
using System.Net;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.Network.Firewall;

/// <summary>What a packet filter is to do: one rule a span of ports, and nothing about any other port.</summary>
public sealed record FirewallPlan
{
    /// <summary>Rules by transport and port; no port stands in two.</summary>
    public required ImmutableArray<FirewallRule> Rules { get; init; }

    /// <summary>Whose addresses are whose.</summary>
    public required FirewallSources Sources { get; init; }

    /// <summary>Makes the plan of endpoints. What the configuration names wins over a system's usual ports.</summary>
    /// <param name="endpoints">Endpoints; outgoing ones make no rule.</param>
    /// <param name="sources">Addresses of clients, peers and operators.</param>
    /// <param name="kept">Ports to say nothing about.</param>
    public static FirewallPlan Of(IEnumerable<Endpoint> endpoints, FirewallSources sources, ImmutableArray<PortSpan> kept)
    {
        ILookup<Transport, Endpoint> incoming = endpoints.Where(static e => e.Direction == Direction.Incoming).ToLookup(static e => e.Transport);
        return new FirewallPlan
        {
            Rules = [.. incoming.OrderBy(static g => g.Key).SelectMany(group => Merged(Split(group.Key, [.. group], kept)))],
            Sources = sources,
        };
    }

    // Cut at every border between endpoints, so that each piece has the same endpoints throughout.
    private static IEnumerable<FirewallRule> Split(Transport transport, Endpoint[] endpoints, ImmutableArray<PortSpan> kept)
    {
        int[] borders =
        [
            .. endpoints.Select(static e => e.Ports).Concat(kept).SelectMany(static span => new[] { span.First, span.Last + 1 }).Distinct().Order(),
        ];
        for (int i = 0; i + 1 < borders.Length; i++)
        {
            var span = new PortSpan(borders[i], borders[i + 1] - 1);
            Endpoint[] here = [.. endpoints.Where(e => e.Ports.Contains(span.First))];
            if (here.Length == 0 || kept.Any(k => k.Contains(span.First)))
            {
                continue;
            }

            Endpoint[] counted = here.Any(static e => e.IsDeclared) ? [.. here.Where(static e => e.IsDeclared)] : here;
            yield return new FirewallRule(
                transport,
                span,
                [.. counted.SelectMany(Grants).Distinct().OrderBy(static g => g.Source).ThenBy(static g => g.Destination?.ToString(), StringComparer.Ordinal)],
                string.Join("; ", counted.Select(static e => e.Audience == Audiences.None ? $"{e.What}: {e.Why}" : e.What).Distinct(StringComparer.Ordinal)));
        }
    }

    private static IEnumerable<FirewallGrant> Grants(Endpoint endpoint)
    {
        IPAddress? destination = endpoint.Address is null || endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any) ? null : endpoint.Address;
        return Enum.GetValues<Audiences>().Where(one => one != Audiences.None && endpoint.Audience.HasFlag(one)).Select(one => new FirewallGrant(one, destination));
    }

    private static IEnumerable<FirewallRule> Merged(IEnumerable<FirewallRule> rules)
    {
        FirewallRule? open = null;
        foreach (FirewallRule next in rules)
        {
            if (open is not null && open.Ports.Last + 1 == next.Ports.First && open.Why == next.Why && open.Grants.SequenceEqual(next.Grants))
            {
                open = open with { Ports = new PortSpan(open.Ports.First, next.Ports.Last) };
                continue;
            }

            if (open is not null)
            {
                yield return open;
            }

            open = next;
        }

        if (open is not null)
        {
            yield return open;
        }
    }
}

/// <summary>Who reaches a span of ports; everybody else is kept out.</summary>
/// <param name="Transport">TCP or UDP.</param>
/// <param name="Ports">Ports.</param>
/// <param name="Grants">Who; empty: nobody.</param>
/// <param name="Why">For a comment.</param>
public sealed record FirewallRule(Transport Transport, PortSpan Ports, ImmutableArray<FirewallGrant> Grants, string Why);

/// <summary>One group that is let in.</summary>
/// <param name="Source">The group, one flag.</param>
/// <param name="Destination">At this address of the host only; null: at any.</param>
public readonly record struct FirewallGrant(Audiences Source, IPAddress? Destination);
