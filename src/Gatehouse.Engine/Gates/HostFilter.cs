using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// Which <c>Host</c> a gate serves: against DNS rebinding, where a page's own name is made to point at the gate. Addresses
/// cannot be rebound, so they are served unless the gate lists its hosts.
/// </summary>
internal sealed class HostFilter
{
    private readonly FrozenSet<string> _names;
    private readonly bool _servesAddresses;

    /// <param name="hosts">Those that the gate lists; empty: what is its own.</param>
    /// <param name="certificateNames">Names of its certificate.</param>
    public HostFilter(ImmutableArray<string> hosts, ImmutableArray<string> certificateNames)
    {
        _servesAddresses = hosts.IsDefaultOrEmpty;
        IEnumerable<string> names = _servesAddresses
            ? certificateNames.Append("localhost").Append(Environment.MachineName)
            : hosts;
        _names = names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether a request with this <c>Host</c> is answered.</summary>
    public bool Serves(string host)
    {
        if (_names.Contains(host))
        {
            return true;
        }

        int colon = host.LastIndexOf(':');
        bool hasPort = colon > host.LastIndexOf(']');
        ReadOnlySpan<char> name = hasPort ? host.AsSpan(0, colon) : host;
        if (hasPort && !IsPort(host.AsSpan(colon + 1)))
        {
            return false;
        }

        return _names.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name)
            || (_servesAddresses && IPAddress.TryParse(name is ['[', .. var inner, ']'] ? inner : name, out _));
    }

    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 5 && !text.ContainsAnyExceptInRange('0', '9');
}
