using System.Collections.Frozen;
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

    public HostFilter(GateModel model)
    {
        _servesAddresses = model.Configuration.Hosts.IsDefaultOrEmpty;
        IEnumerable<string> names = _servesAddresses
            ? model.CertificateNames.Append("localhost").Append(Environment.MachineName)
            : model.Configuration.Hosts;
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
